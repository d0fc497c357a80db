"""A ward's free beds as guide tells them over HTTP, on a store as its runtime writes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from services.guide.queries import QUEUE
from shared.adapters.memory import MemoryStore
from shared.events import beds
from tests.support.guide_desk import PATIENT, Events, Guide, opened
from tests.support.spec import happened
from tests.support.stays import WARD

BEDS = "/institutions/H01/wards/W1/beds"


@pytest_asyncio.fixture
async def guide() -> AsyncIterator[Guide]:
    """guide that reads again only when it is told of a change."""
    async with opened(MemoryStore(), PATIENT) as guide:
        yield guide


def moved(move: int, *free: str) -> Any:
    counts: dict[str, Any] = {"beds": 3, "taken": 3 - len(free), "waiting": 1}
    return happened(beds.WardMoved, move, queue=WARD, move=move, free=list(free), **counts)


async def hear(guide: Guide, *events: Any) -> None:
    await guide.hear(*events, card=WARD, visit=QUEUE)


async def test_the_board_shows_free_beds_and_who_waits_as_a_number(guide: Guide) -> None:
    await hear(guide, moved(1, "01", "02", "03"), moved(2, "02", "03"))
    told = (await guide.get(BEDS)).json()
    assert (told["beds"], told["free"], told["taken"], told["waiting"]) == (3, ["02", "03"], 1, 1)


async def test_a_ward_nobody_has_wanted_a_bed_of_has_made_no_move(guide: Guide) -> None:
    assert (await guide.get(BEDS)).json()["move"] == 0


async def test_the_board_is_told_anew_at_every_move(guide: Guide) -> None:
    async with guide.serving() as client, client.stream("GET", f"{BEDS}/stream") as response:
        events = Events(response)
        before = await events.next()
        await hear(guide, moved(1, "02"))
        after = await events.next()
    assert (before[:2], after[:2], after[2]["free"]) == (("0", "beds"), ("1", "beds"), ["02"])


async def test_a_wards_code_is_checked(guide: Guide) -> None:
    answer = await guide.get("/institutions/H01/wards/%20/beds")
    assert (answer.status_code, answer.json()["parameters"]) == (422, ["ward"])
