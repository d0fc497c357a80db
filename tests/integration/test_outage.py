"""The broker or the store away for a while, under load: /readyz says which, and afterwards nothing is missing.

ONECARD_OUTAGE_SECONDS makes the outages longer (60 before a release).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.demo.mischief.records import asked
from deploy.local.stores import Store
from shared.events import SERVICES
from shared.events.base import Visit
from shared.uuid7 import uuid7
from tests.support import small_disk
from tests.support.crowd import crowd
from tests.support.proxy import Proxy, proxy
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
        for service, disk in disks.items():
            small_disk.fill(here.process(service), disk)
        stage.visit = Visit(id=uuid7(), date=stage.visit.date + timedelta(days=1))
        await here.edges.publish([asked(stage)])
        told = await eventually(lambda: says(here, "intake", "batch"), 60)
        assert "intake.sqlite: the disk is full; free some space" in told
        # Nobody reads what can't be written down; and who asked for it is told so.
        assert await read_status(here, stage.resident.key) == 503
        assert "records_journal.sqlite: the disk is full" in here.process("records").log.read_text()
        for service, disk in disks.items():
            small_disk.clear(here.process(service), disk)
        await stage.settled(stage.visit.id)
        assert await read_status(here, stage.resident.key) == 200
    await here.drained()
    assert_clean(await here.check())


@dataclass(frozen=True)
class Served:
    """A town whose store is a server, and what is between them."""

    here: Town
    server: Store
    between: Proxy


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    server = Store(folder / "mongodb")
    await server.start()
    async with proxy(server.port) as between:
        async with town(folder, store=f"mongodb://{between.address}/?directConnection=true") as here:
            yield Served(here, server, between)
        await server.stop()


async def test_a_store_server_that_answers_slowly_is_named_and_costs_nothing(served: Served) -> None:
    async with crowd(served.here, at_once=2, most=3, seed=5):
        await work_begins(served.here)
        served.between.delay = 3.0
        await unready(served.here, "store")
        told = await says(served.here, "lab", "store")
        served.between.delay = 0.0
    assert "did not answer within" in told
    await served.here.drained()
    assert_clean(await served.here.check())


async def test_a_store_server_that_hangs_and_is_killed_costs_nothing(served: Served) -> None:
    async with crowd(served.here, at_once=2, most=4, seed=4):
        await work_begins(served.here)
        served.server.pause()
        await unready(served.here, "store")
        served.server.resume()
        await work_begins(served.here)
        served.server.kill()
        await unready(served.here, "store")
        await served.server.start()
    await served.here.drained()
    assert_clean(await served.here.check())


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
