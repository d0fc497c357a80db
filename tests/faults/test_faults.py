"""The short run, on one broker and SQLite: faults of different kinds under load, and nothing is lost or doubled.

Then parts of it with a protection taken away, which must be found out; `make faults-controls` runs all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cell import run_cell
from tests.faults.kinds import REVEALED_BY, SHORT
from tests.faults.struck.sabotage import SABOTAGES

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.timeout(600)]

QUICK = ("commit_first", "heard_off")
"""The simulation takes away every protection in seconds; these two show here that real processes are judged as well."""


async def test_faults_of_many_kinds_under_load_lose_double_and_disorder_nothing(tmp_path: Path) -> None:
    report = await run_cell(tmp_path, SHORT, seed=1)
    assert not report.red, report.as_json()


@pytest.mark.parametrize("sabotage", QUICK)
async def test_a_protection_taken_away_turns_the_run_red(tmp_path: Path, sabotage: str) -> None:
    report = await run_cell(tmp_path, REVEALED_BY[sabotage], seed=1, sabotage=sabotage)
    assert report.wrong, report.as_json()


def test_every_protection_has_a_part_of_the_short_run_that_shows_it_is_gone() -> None:
    assert {name: set(kinds) <= set(SHORT) for name, kinds in REVEALED_BY.items()} == dict.fromkeys(SABOTAGES, True)
