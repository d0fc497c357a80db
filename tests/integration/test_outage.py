"""The broker or the store away for a while, under load: /readyz says which, and afterwards nothing is missing.

ONECARD_OUTAGE_SECONDS makes the outages longer; `make outage` has them last a minute.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.demo.mischief.records import asked
from deploy.local.child import Child
from shared.events import SERVICES
from shared.events.base import Visit
from shared.uuid7 import uuid7
from tests.support import small_disk
from tests.support.crowd import crowd
from tests.support.town import Town, assert_clean, eventually, town
from tests.support.whole_visit import somebody_in

pytestmark = [
    pytest.mark.integration,
    pytest.mark.faults,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
]

SECONDS = float(os.environ.get("ONECARD_OUTAGE_SECONDS", "2"))
VISITS = 6
DECIDERS = [service for service in SERVICES if service not in ("records", "guide")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("outage")) as found:
        yield found


async def test_a_broker_that_hangs_for_a_while_costs_nothing(here: Town) -> None:
    async with crowd(here, at_once=3, most=VISITS, seed=1):
        await work_begins(here)
        here.broker.pause()
        await unready(here, "broker")
        here.broker.resume()
    await here.drained()
    assert_clean(await here.check())


async def test_a_broker_that_is_killed_and_comes_back_later_costs_nothing(here: Town) -> None:
    async with crowd(here, at_once=3, most=VISITS, seed=2):
        await work_begins(here)
        here.broker.kill()
        await unready(here, "broker")
        await here.broker.start()
    await here.drained()
    assert_clean(await here.check())


async def test_stores_that_another_process_holds_for_a_while_cost_nothing(here: Town) -> None:
    async with crowd(here, at_once=3, most=VISITS, seed=3):
        await work_begins(here)
        async with somebody_in(here) as stage:
            with held(Path(here.here.store.removeprefix("sqlite:"))):
                await here.edges.publish([asked(stage)])
                # Whoever has something to write notices; the others can read all they need.
                await unready(here, "store", ["intake"])
            await stage.settled(stage.visit.id)
    await here.drained()
    assert_clean(await here.check())


async def test_a_full_disk_is_named_and_costs_nothing(here: Town) -> None:
    """The last one here: what two services keep is on a disk that ends with them."""
    disks = {service: here.local.folder / f"disk-{service}" for service in ("intake", "records")}
    for service, disk in disks.items():
        await small_disk.move(here.process(service), here.local.folder / "sqlite", service, disk)
    async with somebody_in(here) as stage:
        await stage.opened()
        asks: list[Visit] = []

        async def stays_full() -> str:
            # Closing a file writes its log into it and frees what that took, so once more may fit: it is filled again.
            for service, disk in disks.items():
                small_disk.fill(here.process(service), disk)
            asks.append(Visit(id=uuid7(), date=stage.visit.date + timedelta(days=1)))
            stage.visit = asks[-1]
            await here.edges.publish([asked(stage)])
            return await says(here, "intake", "batch")

        told = await eventually(stays_full, 60)
        assert "intake.sqlite: the disk is full; free some space" in told
        # Nobody reads what can't be written down; and who asked for it is told so.
        assert await read_status(here, stage.resident.key) == 503
        assert "records_journal.sqlite: the disk is full" in here.process("records").log.read_text()
        for service, disk in disks.items():
            small_disk.clear(here.process(service), disk)
        for stage.visit in asks:
            await stage.settled(stage.visit.id)
        assert await read_status(here, stage.resident.key) == 200
    await here.drained()
    assert_clean(await here.check())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A town whose stores are on a server."""
    async with town(tmp_path_factory.mktemp("served"), store="mongodb") as found:
        yield found


async def test_a_store_server_that_answers_slowly_is_named_and_costs_nothing(served: Town) -> None:
    async with crowd(served, at_once=2, most=3, seed=5):
        await work_begins(served)
        async with slow(served.local.servers["store"]):
            assert "did not answer within" in await eventually(lambda: says(served, "lab", "store"), 60)
            await asyncio.sleep(SECONDS)
    await served.drained()
    assert_clean(await served.check())


async def test_a_store_server_that_hangs_and_is_killed_costs_nothing(served: Town) -> None:
    async with crowd(served, at_once=2, most=4, seed=4):
        store = served.local.servers["store"]
        await work_begins(served)
        store.pause()
        await unready(served, "store")
        store.resume()
        await work_begins(served)
        store.kill()
        await unready(served, "store")
        await store.start()
    await served.drained()
    assert_clean(await served.check())


@asynccontextmanager
async def slow(child: Child) -> AsyncIterator[None]:
    """It works for a moment every three seconds, and answers what it was asked by then."""

    async def now_and_then() -> None:
        while True:
            child.pause()
            await asyncio.sleep(3)
            child.resume()
            await asyncio.sleep(0.1)

    slowed = asyncio.create_task(now_and_then())
    try:
        yield
    finally:
        slowed.cancel()
        child.resume()


async def says(here: Town, service: str, part: str) -> str:
    """What a service says of a part that is missing; "" while it says nothing."""
    told: str = (await here.readiness(service)).get("problems", {}).get(part, "")
    return told


async def read_status(here: Town, card: str) -> int:
    """How records answers who reads an archive."""
    answer = await here.http.get(f"{here.here.urls['records']}/cards/{card}/archive")
    return answer.status_code


async def work_begins(here: Town) -> None:
    """There is live work: more events than before."""
    before = await here.events()

    async def more() -> bool:
        return await here.events() > before + 20

    await eventually(more, 60)


async def unready(here: Town, what: str, services: Sequence[str] = DECIDERS) -> None:
    """These services say that this is missing; then it goes on missing for a while."""

    async def said() -> bool:
        told = [await here.readiness(service) for service in services]
        return all(one and one["status"] == 503 and what in one["problems"] for one in told)

    await eventually(said, 60)
    await asyncio.sleep(SECONDS)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another process's transaction on every service's file: they can be read, and nothing can be written."""
    with ExitStack() as files:
        for path in sorted(folder.glob("*.sqlite")):
            file = files.enter_context(closing(sqlite3.connect(path, timeout=30, isolation_level=None)))
            file.execute("BEGIN IMMEDIATE")
        yield
