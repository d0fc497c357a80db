"""`onecard dead-letters`: what several services set aside or parked is tried again, or given up, by all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio
import typer
from fastapi import FastAPI

from deploy.commands.dead_letters import refused, replayed, tell
from services.billing.service import SERVICE as BILLING
from services.guide.service import SERVICE as GUIDE
from services.lab.service import SERVICE as LAB
from services.records.service import ARCHIVE
from shared.adapters.memory import MemoryStore
from shared.operations import operations
from shared.runtime import dead_letters
from shared.runtime.dead_letters import DEAD_LETTERS, DeadLetter
from shared.runtime.documents import STREAMS, Kept, Pointer, collection, decode, encode
from shared.step import Stream

CARD = "c" * 64
STREAM = f"{CARD}/card"
LETTER = DeadLetter("onecard.events", 3, 7, "no_ce_id", 0, "")
WHY = {"reason": "sent by a broken device", "operator": "W7"}
SERVICES: dict[str, Any] = {"lab": LAB, "billing": BILLING, "guide": GUIDE, "records": ARCHIVE}
URLS = {name: f"http://{name}" for name in SERVICES}


@dataclass(frozen=True)
class Platform:
    """Four services with stores of their own, and a client that reaches them."""

    asking: httpx.AsyncClient
    stores: dict[str, MemoryStore]

    async def set_aside(self, *names: str) -> None:
        for name in names:
            await dead_letters.keep(self.stores[name], [LETTER])

    async def park(self, name: str, *records: str) -> None:
        """A stream of a service in which these records wait, in order."""
        waiting = tuple(Pointer("onecard.events", 0, at, id, "", "KeyError") for at, id in enumerate(records))
        kept = Kept(CARD, "card", 0, Stream(SERVICES[name].initial), parked=waiting)
        await self.stores[name].save(STREAMS, [encode(SERVICES[name], kept, "")])

    async def letter(self, name: str) -> DeadLetter:
        found = await dead_letters.load(self.stores[name], LETTER.id)
        assert found is not None
        return found

    async def stream(self, name: str) -> Kept[Any]:
        return decode(SERVICES[name], (await self.stores[name].load(STREAMS, [STREAM]))[STREAM])


@pytest_asyncio.fixture
async def platform() -> AsyncIterator[Platform]:
    stores, reached = {name: MemoryStore() for name in SERVICES}, {}
    for name, store in stores.items():
        service, app = SERVICES[name], FastAPI()
        own = service.collections if service is ARCHIVE else (collection(service),)
        await store.open([*own, DEAD_LETTERS])
        app.include_router(operations(service, store))
        reached[URLS[name]] = httpx.ASGITransport(app)
    async with httpx.AsyncClient(mounts=reached) as asking:
        yield Platform(asking, stores)


async def test_a_record_that_several_set_aside_is_given_up_by_all_of_them(platform: Platform) -> None:
    await platform.set_aside("billing", "guide", "records")
    answers = await refused(platform.asking, URLS, LETTER.id, WHY)
    standings = [(await platform.letter(name)).standing for name in ("billing", "guide", "records")]
    assert ([one["service"] for one in answers], standings) == (["billing", "guide", "records"], ["given_up"] * 3)


async def test_a_record_that_several_set_aside_is_replayed_by_all_where_it_is_open(platform: Platform) -> None:
    await platform.set_aside("lab", "billing", "records")
    await refused(platform.asking, {"billing": URLS["billing"]}, LETTER.id, WHY)
    answers = await replayed(platform.asking, URLS, LETTER.id)
    marked = [(await platform.letter(name)).replay for name in ("lab", "billing", "records")]
    assert ([one["service"] for one in answers], marked) == (["lab", "records"], [True, False, True])


async def test_a_record_that_all_gave_up_is_not_replayed(platform: Platform) -> None:
    await platform.set_aside("lab", "records")
    await refused(platform.asking, URLS, LETTER.id, WHY)
    with pytest.raises(LookupError):
        await replayed(platform.asking, URLS, LETTER.id)


async def test_a_record_that_several_have_parked_is_given_up_by_all_that_can_say_so(platform: Platform) -> None:
    for name in ("lab", "billing", "guide"):
        await platform.park(name, "first", "second")
    answers = await refused(platform.asking, URLS, STREAM, WHY)
    asked = [(await platform.stream(name)).parked[0].reason for name in ("lab", "billing", "guide")]
    assert ([one.get("record") for one in answers], asked) == (["first", "first", None], [WHY["reason"]] * 2 + [""])
    assert "mend and replay" in answers[2]["problem"]


async def test_two_different_records_are_not_given_up_at_once(platform: Platform) -> None:
    await platform.park("lab", "first", "second")
    await platform.park("billing", "second")
    with pytest.raises(ValueError, match="--service"):
        await refused(platform.asking, URLS, STREAM, WHY)
    assert [(await platform.stream(name)).parked[0].reason for name in ("lab", "billing")] == ["", ""]


async def test_a_parked_stream_is_drained_by_all_that_have_one(platform: Platform) -> None:
    await platform.park("lab", "first")
    await platform.park("guide", "second")
    await replayed(platform.asking, URLS, STREAM)
    assert [(await platform.stream(name)).replaying for name in ("lab", "guide")] == [True, True]


@pytest.mark.parametrize("ask", [replayed, partial(refused, asked=WHY)], ids=["replay", "refuse"])
async def test_what_nobody_has_is_not_there(platform: Platform, ask: Any) -> None:
    with pytest.raises(LookupError, match=LETTER.id):
        await ask(platform.asking, URLS, LETTER.id)


def test_a_service_that_does_not_is_told_of_and_the_status_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    answers = [{"service": "lab", "refused": "asked"}, {"service": "guide", "problem": "a view says nothing"}]
    with pytest.raises(typer.Exit) as status:
        tell(answers, "refused", json=True)
    assert (status.value.exit_code, "a view says nothing" in capsys.readouterr().out) == (1, True)
