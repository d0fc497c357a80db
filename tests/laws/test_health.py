"""What a process says of itself while its parts hang: who is missing, and whether it makes progress itself."""

from __future__ import annotations

import asyncio
from time import monotonic
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.lab.service import SERVICE
from shared import health
from shared.adapters.memory import MemoryStore
from shared.health import ALIVE, Health
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import collection
from shared.runtime.log import LogUnavailable, Place
from shared.runtime.telemetry import Telemetry
from tests.laws.test_lines import Lines

HERE = Place("onecard.events", 0)


class Broker:
    """A log that answers with whatever it is given: nothing, an error, or never."""

    def __init__(self, answer: Exception | None = None, *, hangs: bool = False) -> None:
        self.answer, self.hangs, self.polled = answer, hangs, monotonic()

    def owned(self) -> set[Place]:
        return {HERE}

    def lag(self) -> dict[Place, int]:
        return {HERE: 0}

    def damaged(self) -> dict[Place, str]:
        return {}

    async def ping(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.answer is not None:
            raise self.answer


class Hanging(MemoryStore):
    """A store that takes every call and answers none."""

    async def ping(self) -> None:
        await asyncio.Event().wait()


async def of(store: MemoryStore, broker: Broker, **owner: Any) -> Health:
    await store.open((collection(SERVICE), DEAD_LETTERS))
    usual = {"hand": (), "ahead": (), "again": (), "handled_ms": {}, "failures": 0, "last_error": "", "idle": True}
    owns: Any = SimpleNamespace(**usual | {"last_poll": broker.polled, "positions": None} | owner)
    telemetry = Telemetry("lab")
    telemetry.out = Lines()
    found = Health(SERVICE, store, broker, owns, telemetry)
    found.started = True
    return found


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.05)


async def test_a_store_that_hangs_does_not_hide_a_broker_that_is_away() -> None:
    found = await of(Hanging(), Broker(LogUnavailable("the broker does not answer; is it running?")))
    assert {part: why.partition(";")[0] for part, why in (await found._look()).items()} == {
        "store": "no answer within 0 s",
        "broker": "LogUnavailable: the broker does not answer",
    }


async def test_a_broker_that_hangs_does_not_hide_that_the_store_is_well() -> None:
    assert list(await (await of(MemoryStore(), Broker(hangs=True)))._look()) == ["broker"]


async def test_who_is_well_has_no_problem() -> None:
    assert await (await of(MemoryStore(), Broker()))._look() == {}


async def test_the_same_records_failing_again_and_again_are_a_problem() -> None:
    found = await of(MemoryStore(), Broker(), failures=5, last_error="StoreUnavailable: lab.sqlite: the disk is full")
    assert "the disk is full" in (await found._look())["batch"]


@pytest.mark.parametrize(("age", "status"), [(ALIVE - 5, 200), (ALIVE + 5, 503)])
async def test_who_has_not_polled_for_long_is_not_alive(age: float, status: int) -> None:
    broker = Broker()
    broker.polled -= age
    found = await of(MemoryStore(), broker)
    found.begun -= age
    assert (await asked(found, "livez")).status_code == status


async def test_a_part_that_is_missing_takes_readiness_and_not_life() -> None:
    found = await of(MemoryStore(), Broker(LogUnavailable("away")))
    found._found(await found._look())
    assert [(await asked(found, what)).status_code for what in ("readyz", "livez")] == [503, 200]


async def test_what_is_missing_is_logged_once_and_so_is_its_return() -> None:
    found = await of(MemoryStore(), broker := Broker())
    for answer in (None, LogUnavailable("away"), LogUnavailable("away"), None):
        broker.answer = answer
        found._found(await found._look())
    said: Any = found.telemetry.out
    assert [line["event"] for line in said.said] == ["ready", "not ready", "ready"]


async def asked(found: Health, what: str) -> httpx.Response:
    app = FastAPI()
    app.include_router(found.router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://lab") as asking:
        return await asking.get(f"/{what}")
