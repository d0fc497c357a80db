"""The demo as people start it, small: a fresh city, its visits and its mischief, and a clean check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commanded import onecard

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

VISITS = 8


async def test_a_small_demo_ends_well_and_says_so_in_json(tmp_path: Path) -> None:
    told = json.loads(await onecard("demo", "--visits", str(VISITS), "--json", "--folder", str(tmp_path / "demo")))
    assert (told["status"], told["visits"], told["slips"], told["given_up"]) == (0, VISITS, [], [])
    assert sum(told["endings"].values()) == VISITS
    assert (told["check"]["status"], told["check"]["wrong"]) == (0, [])
