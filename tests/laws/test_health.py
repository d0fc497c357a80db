"""What a process says of itself while its parts hang: who is missing, and whether it makes progress itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from math import inf
from time import monotonic, time
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.lab.service import SERVICE
from shared import health
from shared.adapters.memory import MemoryStore
from shared.health import ALIVE, Health
from shared.runtime import documents
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import STREAMS, Pointer, collection
from shared.runtime.log import LogUnavailable, Place
from shared.runtime.parking import PAGE
from shared.runtime.reading import UNKNOWN_VERSION
from shared.runtime.store import Document
from shared.runtime.telemetry import Telemetry
from tests.laws.test_lines import Lines
from tests.support.spec import an_id

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

    def certified_until(self) -> float:
        return time() + 86_400

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
        "store": "the store did not answer within 0 s",
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


@pytest.mark.parametrize(("age", "problems"), [(ALIVE - 5, []), (ALIVE + 5, ["poll"])])
async def test_who_has_not_polled_for_long_is_not_ready_and_says_since_when(age: float, problems: list[str]) -> None:
    broker = Broker()
    broker.polled -= age
    found = await of(MemoryStore(), broker)
    found.begun -= age
    told = await found._look()
    assert list(told) == problems
    assert all(f"for {age:.0f} s" in why for why in told.values())


async def test_the_age_of_the_last_poll_is_exported() -> None:
    broker = Broker()
    broker.polled -= ALIVE
    found = await of(MemoryStore(), broker)
    found.begun -= ALIVE
    assert ALIVE <= await exported(found, "onecard_poll_age_seconds") < ALIVE + 5


@pytest.mark.parametrize("many", [1, PAGE, 3 * PAGE, 3 * PAGE + 1])
async def test_one_of_many_parked_streams_that_waits_for_a_newer_version_is_found(many: int) -> None:
    found = await of(store := MemoryStore(), Broker())
    causes = [*["KeyError"] * (many - 1), UNKNOWN_VERSION]
    await store.save(STREAMS, [parked(n, cause) for n, cause in enumerate(causes)])
    told = [await found._look() for _ in range(8)]
    assert told[-4:] == [{"parked": "1 streams wait for a newer version of lab"}] * 4
    [kept] = (await store.load(STREAMS, [parked(many - 1, "").id])).values()
    await store.save(STREAMS, [replace(kept, version=2, index={})])
    assert [await found._look() for _ in range(8)][-1] == {}


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


def parked(n: int, cause: str) -> Document:
    """A stream that waits because of one record."""
    kept = documents.fresh(SERVICE, f"{n:064x}/card", 0)
    return documents.encode(SERVICE, replace(kept, parked=(Pointer(*HERE, n, an_id(n), "", cause),)), "")


async def test_how_long_the_brokers_certificate_lasts_is_exported() -> None:
    found = await of(MemoryStore(), Broker())
    assert await exported(found, "onecard_certificate_seconds") == inf
    await found._look()
    assert 86_300 < await exported(found, "onecard_certificate_seconds") <= 86_400


async def asked(found: Health, what: str) -> httpx.Response:
    app = FastAPI()
    app.include_router(found.router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://lab") as asking:
        return await asking.get(f"/{what}")


async def exported(found: Health, metric: str) -> float:
    [line] = [one for one in (await asked(found, "metrics")).text.splitlines() if one.startswith(metric)]
    return float(line.split()[-1])
