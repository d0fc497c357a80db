"""The short run, on one broker and SQLite: faults of different kinds under load, then each service killed once, and
nothing is lost or doubled.

`make faults-controls` runs parts of it with a protection taken away, which must be found out; tests/simulation
does so at every commit.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cell import run_cell
from tests.faults.kinds import OF_ALL, REVEALED_BY, SHORT
from tests.faults.report import LONG
from tests.faults.struck.sabotage import SABOTAGES

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.timeout(900)]


async def test_faults_of_many_kinds_under_load_lose_double_and_disorder_nothing(tmp_path: Path) -> None:
    report = await run_cell(tmp_path, SHORT, seed=1)
    assert not report.red, report.as_json()
    assert all(report.ended[fact] for fact in LONG), report.as_json()
    assert [one.hit for one in report.struck if one.kind in OF_ALL] == [True], report.as_json()


def test_every_protection_has_a_part_of_the_short_run_that_shows_it_is_gone() -> None:
    assert {name: set(kinds) <= set(SHORT) for name, kinds in REVEALED_BY.items()} == dict.fromkeys(SABOTAGES, True)
