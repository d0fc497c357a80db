"""A queue and the cards it serves on a real broker: facts cross topics, a view reads both, all of it folds again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.check.recompute import recomputed, settled
from deploy.check.sources import committed
from deploy.local.broker import Broker
from deploy.local.topics import declare, declared
from shared.adapters.kafka import KafkaLog
from shared.adapters.memory import MemoryStore
from shared.adapters.sqlite import SqliteStore
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.decider import Service
from shared.envelope import Envelope, read
from shared.runtime import documents
from shared.runtime.changes import Changes
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import STREAMS, collection
from shared.runtime.engine import Engine
from shared.runtime.log import Place
from shared.runtime.owner import Owner
from shared.runtime.positions import POSITIONS, Positions
from shared.runtime.rebuild import rebuild
from shared.runtime.telemetry import Telemetry
from tests.laws.strategies import REFERENCE
from tests.support.hall import BOARD, DOOR, EVENTS, HALL, HALLS, QUEUES, SERVICES, Want, asked, spoken

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

PLACES = [Want("place", card, n) for card in range(5) for n in range(3)]
NEXT = [Want("next", hall, n) for hall in range(3) for n in range(3)]
JOINS = [Want("join", card) for card in range(5)]


@dataclass(frozen=True)
class City:
    """A broker, a folder of stores, and what has been said."""

    kafka: str
    folder: Path

    def log(self, service: Service[Any]) -> KafkaLog:
        return KafkaLog(self.kafka, f"onecard-{service.name}", service.reads)

    def store(self, service: Service[Any]) -> SqliteStore:
        return SqliteStore(self.folder / f"{service.name}.sqlite")

    async def said(self) -> list[Envelope]:
        """Everything on both kept topics."""
        log, found = self.log(DOOR), list[Envelope]()
        for topic in (EVENTS, QUEUES):
            for partition, end in (await log.ends(topic)).items():
                async for records in log.scan(Place(topic, partition), 0, end):
                    found += [one for record in records if isinstance(one := read(record), Envelope)]
        return found

    async def handled(self, service: Service[Any]) -> dict[Place, int]:
        read = [(topic, await committed(self.kafka, f"onecard-{service.name}", topic)) for topic in service.reads]
        return {Place(topic, at): offset for topic, offsets in read for at, offset in offsets.items()}


@asynccontextmanager
async def running(city: City, service: Service[Any]) -> AsyncIterator[Owner]:
    """One process of a service, in this one."""
    store, log, telemetry = city.store(service), city.log(service), Telemetry(service.name)
    await store.open((collection(service), DEAD_LETTERS, POSITIONS))
    engine = Engine(service, store, log, REFERENCE, telemetry=telemetry, changes=Changes())
    owner = Owner(engine, log, telemetry, Positions(service, store, log))
    await log.start(owner.take, owner.revoked)
    stopped = asyncio.Event()
    ticking = asyncio.create_task(owner.ticking(stopped))
    try:
        yield owner
    finally:
        stopped.set()
        await log.stop()
        await owner.revoked()
        await ticking
        await store.close()


async def eventually(city: City, wanted: int, name: str) -> None:
    async with asyncio.timeout(60):
        while sum(one.type.split(".")[2] == name for one in await city.said()) < wanted:
            await asyncio.sleep(0.2)


async def at_rest(city: City, service: Service[Any]) -> None:
    async with asyncio.timeout(60):
        while True:
            log = city.log(service)
            ends = {Place(topic, at): end for topic in service.reads for at, end in (await log.ends(topic)).items()}
            handled = await city.handled(service)
            if all(handled.get(place, 0) == end for place, end in ends.items()):
                return
            await asyncio.sleep(0.2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """A city where everybody was given a number and some were called, while the hall was replaced twice."""
    folder = tmp_path_factory.mktemp("two-topics")
    broker = Broker(folder / "broker")
    await broker.start()
    try:
        with spoken():
            await declare(broker.kafka, declared())
            city = City(broker.kafka, folder)
            edges = city.log(DOOR)
            async with AsyncExitStack() as others:
                for service in (DOOR, BOARD):
                    await others.enter_async_context(running(city, service))
                async with running(city, HALL):
                    await edges.publish([asked(want) for want in (*PLACES[:7], *NEXT[:2], *JOINS)])
                    await eventually(city, 3, "number-given")
                await edges.publish([asked(want) for want in (*PLACES[7:], *NEXT[2:])])
                async with running(city, HALL):
                    await eventually(city, len(PLACES), "number-given")
                    await eventually(city, len(NEXT), "number-called")
                async with running(city, HALL):
                    for service in SERVICES:
                        await at_rest(city, service)
            await edges.stop()
            yield city
    finally:
        await broker.stop()


async def test_every_fact_is_on_the_topic_of_its_key(city: City) -> None:
    assert {(one.topic, one.key in HALLS) for one in await city.said()} == {(EVENTS, False), (QUEUES, True)}


async def test_numbers_of_a_queue_are_unique_and_without_gaps(city: City) -> None:
    given: dict[str, list[int]] = {}
    seen = set()
    for one in await city.said():
        if one.type == "onecard.hall.number-given.v1" and one.id not in seen:
            seen.add(one.id)
            fact = HALL.says[0].model_validate_json(one.body)
            given.setdefault(fact.queue, []).append(fact.number)  # type: ignore[attr-defined]
    assert {queue: sorted(numbers) for queue, numbers in given.items()} == {queue: [1, 2, 3, 4, 5] for queue in HALLS}


async def test_a_merge_is_said_on_each_card(city: City) -> None:
    joined = {(one.key, one.id) for one in await city.said() if one.type == "onecard.door.cards-joined.v1"}
    assert len(joined) == 2 * len(JOINS)


async def test_a_view_has_read_both_topics(city: City) -> None:
    store = city.store(BOARD)
    await store.open((collection(BOARD), DEAD_LETTERS, POSITIONS))
    shown = await store.load(STREAMS, [f"{HALLS[0]}/queue", *(f"{asked(want).key}/card" for want in PLACES)])
    await store.close()
    assert {id.partition("/")[2] for id in shown} == {"queue", "card"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_a_rebuilt_store_is_the_store_that_was_there(service: Service[Any], city: City) -> None:
    fresh, live = MemoryStore(), city.store(service)
    there, handled = SqliteElsewhere(Path(":memory:")), await city.handled(service)
    result = await rebuild(service, city.log(service), fresh, REFERENCE, committed=handled, elsewhere=there)
    await live.open((collection(service), DEAD_LETTERS, POSITIONS))
    ids = list(fresh.snapshot()[STREAMS].documents)
    kept = [{id: documents.decode(service, one).stream for id, one in found.items()}
            for found in (await fresh.load(STREAMS, ids), await live.load(STREAMS, ids))]  # fmt: skip
    await live.close()
    assert (kept[0] == kept[1], result.differences) == (True, [])


async def test_recomputing_finds_nothing(city: City) -> None:
    says: list[Service[Any]] = [DOOR, HALL]
    log, there = city.log(DOOR), SqliteElsewhere(Path(":memory:"))
    handled = {service.name: await city.handled(service) for service in says}
    ends = {Place(topic, at): end for topic in (EVENTS, QUEUES) for at, end in (await log.ends(topic)).items()}
    found = await recomputed(
        says, log, REFERENCE, ends=ends, handled=handled, store=lambda _: MemoryStore(),
        elsewhere=lambda: nullcontext(there),
    )  # fmt: skip
    found += await settled(says, log, REFERENCE, handled, there)
    assert [difference for folded in found for difference in folded.differences] == []
