"""A broker or a store that is wiped, or put back from an older copy: the service catches up, or stops and says why."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from deploy.check.sources import EVENTS
from deploy.local.topics import declare
from shared.another_log import ANOTHER_LOG
from shared.events import SERVICES
from tests.support.commanded import commanded, rebuilt
from tests.support.crowd import crowd
from tests.support.runbook import following
from tests.support.town import Town, assert_clean, eventually, town
from tests.support.whole_visit import done_acts, somebody_in

pytestmark = [
    pytest.mark.integration,
    pytest.mark.faults,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass
class Past:
    """A town at rest, and a copy of what its broker and its stores had then."""

    here: Town
    copy: Path
    touched: bool = False

    @property
    def data(self) -> Path:
        return self.here.local.folder / "kafka" / "data"

    @property
    def stores(self) -> Path:
        return self.here.local.folder / "sqlite"

    async def live(self) -> None:
        """Two more visits, until nothing is left to do."""
        async with crowd(self.here, at_once=2, most=2):
            pass
        await self.here.drained()

    async def broker_from(self, kept: Path | None) -> None:
        """The broker dies; what it had is gone, and it has this copy, or nothing but its topics."""
        self.here.broker.kill()
        shutil.rmtree(self.data)
        if kept is not None:
            shutil.copytree(kept, self.data)
        await self.here.broker.start()
        await declare(self.here.here.kafka)

    def store_from(self, service: str) -> None:
        """The store of a service that does not run, as it was then."""
        for file in self.stores.glob(f"{service}.sqlite*"):
            file.unlink()
        for file in (self.copy / "stores").glob(f"{service}.sqlite*"):
            shutil.copy(file, self.stores)

    async def lose(self, service: str) -> None:
        """Its store is gone; return when the service has ended for it."""
        child = self.here.process(service)
        await child.stop()
        for file in self.stores.glob(f"{service}.sqlite*"):
            file.unlink()
        child.spawn()
        await self.stopped(service)

    async def stopped(self, service: str) -> str:
        """Return when a service has ended by itself; the end of its log."""
        child = self.here.process(service)

        async def over() -> bool:
            return not child.running

        await eventually(over, 90)
        assert child.exit_code == ANOTHER_LOG, child.tail()
        return child.tail()

    async def as_before(self) -> None:
        """Broker and stores are as they were then, and everybody works."""
        for name in self.here.local.processes.children:
            self.here.local.processes.kill(name)
        await self.broker_from(self.copy / "data")
        for service in SERVICES:
            self.store_from(service)
        await self.here.local.processes.start()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Past]:
    """A town with a past, and a copy of it as an operator makes one: with nothing running."""
    folder = tmp_path_factory.mktemp("another")
    async with town(folder) as here:
        past = Past(here, folder / "copy")
        await past.live()
        await here.local.processes.stop()
        await here.broker.stop()
        shutil.copytree(past.data, past.copy / "data")
        shutil.copytree(past.stores, past.copy / "stores")
        await here.broker.start()
        await here.local.processes.start()
        yield past


@pytest_asyncio.fixture(loop_scope="module")
async def past(kept: Past) -> AsyncIterator[Past]:
    """Whatever a test does to it is undone before the next."""
    if kept.touched:
        await kept.as_before()
    kept.touched = True
    yield kept


async def test_every_service_of_a_wiped_broker_stops_and_says_why_and_brought_back_it_costs_nothing(
    past: Past, tmp_path: Path
) -> None:
    await past.live()
    await past.here.broker.stop()
    shutil.copytree(past.data, tmp_path / "newer")
    await past.broker_from(None)
    said = await asyncio.gather(*(past.stopped(service) for service in SERVICES))
    assert ["the broker was wiped or restored from an older copy" in text for text in said] == [True] * len(SERVICES)
    await past.broker_from(tmp_path / "newer")
    await past.here.local.processes.start()
    await past.live()
    assert_clean(await past.here.check())


async def test_a_broker_that_was_filled_anew_is_another_one(past: Past) -> None:
    lab = past.here.process("lab")
    await lab.stop()
    ends = await past.here.ends()
    await past.broker_from(None)
    await filled(past.here, ends)
    lab.spawn()
    assert "has another record at" in await past.stopped("lab")


async def test_an_older_broker_is_taken_for_the_true_one_only_by_hand_and_what_was_lost_is_asked_again(
    past: Past,
) -> None:
    await past.here.drained()
    async with somebody_in(past.here) as stage:
        acts = done_acts(stage)
        await stage.scene.edges.publish(acts)
        await past.here.drained()
        await past.broker_from(past.copy / "data")
        await asyncio.gather(*(past.stopped(service) for service in SERVICES))
        assert "--accept-log" in await commanded(past.here, "rebuild", "billing", exits=(2,))
        with following("another-log.md", past.here) as book:
            await book.next()
            await past.here.drained()
            await past.lose("lab")
            await book.next(SERVICE="lab")
    async with somebody_in(past.here) as again:
        await again.scene.edges.publish(acts)
        await past.here.drained()
    assert ((await past.here.check()).status, len(await past.here.archive(stage.resident.key)) > 0) == (0, True)


async def test_a_store_that_is_older_than_its_commits_catches_up_or_stops_where_the_log_has_it_no_more(
    past: Past,
) -> None:
    await past.live()
    billing = past.here.process("billing")
    await billing.stop()
    past.store_from("billing")
    await billing.start()
    await past.here.drained()
    assert (await rebuilt(past.here, "billing"))["same"]
    await billing.stop()
    past.store_from("billing")
    await forgotten(past.here)
    billing.spawn()
    assert "this store never handled them" in await past.stopped("billing")


async def filled(here: Town, ends: dict[int, int]) -> None:
    """As many other records on the log as there were, and one more."""
    async with AIOKafkaProducer(bootstrap_servers=here.here.kafka) as producer:
        for partition, end in ends.items():
            for _ in range(end + 1):
                await producer.send(EVENTS, b"another", partition=partition)


async def forgotten(here: Town) -> None:
    """As if retention had taken every record."""
    admin = AIOKafkaAdminClient(bootstrap_servers=here.here.kafka)
    await admin.start()
    try:
        ends = await here.ends()
        await admin.delete_records({TopicPartition(EVENTS, at): RecordsToDelete(end) for at, end in ends.items()})
    finally:
        await admin.close()
