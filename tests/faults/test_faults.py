"""The short run, on one broker and SQLite: faults of different kinds under load, and nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cell import run_cell
from tests.faults.kinds import SHORT

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.timeout(600)]


async def test_faults_of_every_kind_under_load_lose_double_and_disorder_nothing(tmp_path: Path) -> None:
    report = await run_cell(tmp_path, SHORT, seed=1)
    assert not report.red, report.as_json()
