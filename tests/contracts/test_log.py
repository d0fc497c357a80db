"""One contract of the log port, on memory and on a real broker."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from deploy.local.broker import Broker
from shared.adapters.kafka import KafkaLog
from shared.adapters.memory_log import MemoryLog, MemoryTopics
from shared.envelope import Envelope, Record, read
from shared.runtime.log import Log, Place, first_offsets, next_offsets
from tests.support.spec import an_id
from tests.support.topics import OwnTopics
from tests.support.waiting import until


@dataclass
class Member:
    """A member of a group that keeps what it took; `refuse` makes it rewind instead."""

    log: Log
    taken: list[Record] = field(default_factory=list)
    refuse: int = 0

    async def take(self, records: Sequence[Record]) -> None:
        if self.refuse:
            self.refuse -= 1
            await self.log.rewind(first_offsets(records))
            return
        self.taken += records
        await self.log.commit(next_offsets(records))


@dataclass
class Bench:
    """A topic, and a way to join a group on it."""

    topic: str
    join: Callable[[str], Awaitable[Member]]
    leave: Callable[[Member], Awaitable[None]]


@asynccontextmanager
async def in_memory() -> AsyncIterator[Bench]:
    topics = MemoryTopics(lambda: time.time_ns() // 1_000_000)
    running: dict[int, asyncio.Task[None]] = {}

    async def join(group: str) -> Member:
        member = Member(MemoryLog(topics, group, "events"))
        running[id(member)] = asyncio.create_task(poll(member))
        return member

    async def poll(member: Member) -> None:
        assert isinstance(member.log, MemoryLog)
        while True:
            batch = member.log.poll()
            if batch:
                await member.take(batch)
            await asyncio.sleep(0)

    async def leave(member: Member) -> None:
        running.pop(id(member)).cancel()

    yield Bench("events", join, leave)
    for task in running.values():
        task.cancel()


@asynccontextmanager
async def on_kafka(kafka: str, topic: str) -> AsyncIterator[Bench]:
    logs: list[KafkaLog] = []

    async def join(group: str) -> Member:
        log = KafkaLog(kafka, group, topic)
        member = Member(log)
        await log.start(member.take, nothing)
        logs.append(log)
        return member

    async def leave(member: Member) -> None:
        assert isinstance(member.log, KafkaLog)
        await member.log.stop()

    yield Bench(topic, join, leave)
    for log in logs:
        await log.stop()


async def nothing() -> None:
    return None


@pytest.fixture(params=["memory", "kafka"])
async def bench(request: pytest.FixtureRequest, broker: Broker, topics: OwnTopics) -> AsyncIterator[Bench]:
    opened = in_memory() if request.param == "memory" else on_kafka(broker.kafka, topics.events)
    async with opened as made:
        yield made


def said(bench: Bench, n: int, card: str = "c" * 64) -> Envelope:
    return Envelope(an_id(n), "onecard.test.said.v1", "2026-11-24T09:00:00+08:00", card, b"{}", topic=bench.topic)


def ids(records: Sequence[Record]) -> list[str]:
    return [envelope.id for record in records if isinstance(envelope := read(record), Envelope)]


async def test_what_is_published_for_one_card_is_taken_in_its_order(bench: Bench) -> None:
    member = await bench.join(uuid.uuid4().hex)
    await member.log.publish([said(bench, n) for n in range(700)])
    await until(lambda: len(member.taken) == 700)
    assert ids(member.taken) == [an_id(n) for n in range(700)]


async def test_facts_of_any_allowed_size_and_many_cards_keep_each_cards_order(bench: Bench) -> None:
    member = await bench.join(uuid.uuid4().hex)
    sizes = (2, 512 * 1024, 2, 200 * 1024, 100 * 1024, 512 * 1024, 2)
    facts = [said(bench, n, f"{n % 3:064x}")._replace(body=b" " * (sizes[n % 7] - 2) + b"{}") for n in range(42)]
    await member.log.publish(facts)
    await until(lambda: len(member.taken) == 42)
    for card in range(3):
        own = [record for record in member.taken if record.key == f"{card:064x}".encode()]
        assert ids(own) == [fact.id for fact in facts if fact.key == f"{card:064x}"]
    assert sorted(len(record.value or b"") for record in member.taken) == sorted(len(fact.body) for fact in facts)


async def test_a_batch_given_back_comes_again(bench: Bench) -> None:
    member = await bench.join(uuid.uuid4().hex)
    member.refuse = 2
    await member.log.publish([said(bench, n) for n in range(5)])
    await until(lambda: len(member.taken) == 5)
    assert ids(member.taken) == [an_id(n) for n in range(5)]


async def test_a_group_goes_on_after_its_commit(bench: Bench) -> None:
    group = uuid.uuid4().hex
    first = await bench.join(group)
    await first.log.publish([said(bench, 1)])
    await until(lambda: len(first.taken) == 1)
    await bench.leave(first)
    second = await bench.join(group)
    await second.log.publish([said(bench, 2)])
    await until(lambda: len(second.taken) == 1)
    assert ids(second.taken) == [an_id(2)]


async def test_one_record_is_read_where_it_stands(bench: Bench) -> None:
    member = await bench.join(uuid.uuid4().hex)
    await member.log.publish([said(bench, n) for n in range(3)])
    await until(lambda: len(member.taken) == 3)
    at = member.taken[1]
    found = await member.log.read(Place(at.topic, at.partition), at.offset)
    assert found is not None
    assert ids([found]) == [an_id(1)]


async def test_a_scan_ends_where_it_was_told_to(bench: Bench) -> None:
    member = await bench.join(uuid.uuid4().hex)
    await member.log.publish([said(bench, n) for n in range(1200)])
    await until(lambda: len(member.taken) == 1200)
    place = Place(bench.topic, member.taken[0].partition)
    found = [record async for batch in member.log.scan(place, 100, 1100) for record in batch]
    assert ids(found) == [an_id(n) for n in range(100, 1100)]


async def test_ends_count_every_record(bench: Bench) -> None:
    member = await bench.join(uuid.uuid4().hex)
    await member.log.publish([said(bench, n, f"{n:064x}") for n in range(50)])
    assert sum((await member.log.ends(bench.topic)).values()) == 50


async def test_a_record_carries_the_time_of_its_append(bench: Bench) -> None:
    member = await bench.join(uuid.uuid4().hex)
    before = time.time_ns() // 1_000_000
    await member.log.publish([said(bench, 1)])
    await until(lambda: bool(member.taken))
    assert before - 1 <= member.taken[0].time_ms <= time.time_ns() // 1_000_000 + 1


async def test_the_owner_knows_what_it_owns(bench: Bench) -> None:
    member = await bench.join(uuid.uuid4().hex)
    await until(lambda: bool(member.log.owned()))
    assert {place.topic for place in member.log.owned()} == {bench.topic}
