"""The broker or the store away for a while, under load: /readyz says which, and afterwards nothing is missing.

ONECARD_OUTAGE_SECONDS makes the outages longer (60 before a release).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.demo.mischief.records import asked
from shared.events import SERVICES
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


async def test_a_store_server_that_hangs_and_is_killed_costs_nothing(tmp_path: Path) -> None:
    async with town(tmp_path, store="mongodb") as here:
        async with crowd(here, at_once=2, most=4, seed=4):
            store = here.local.servers["store"]
            await work_begins(here)
            store.pause()
            await unready(here, "store")
            store.resume()
            await work_begins(here)
            store.kill()
            await unready(here, "store")
            await store.start()
        await here.drained()
        assert_clean(await here.check())


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
