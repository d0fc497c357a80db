"""A record that can't even be decoded stops its own partition, and costs no other partition a record."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException

from deploy.local.broker import Broker
from shared.adapters.kafka import KafkaLog
from shared.runtime.log import Place
from tests.contracts.test_log import Bench, Member, ids, on_kafka, said
from tests.support.spec import an_id
from tests.support.topics import OwnTopics
from tests.support.waiting import until

pytestmark = pytest.mark.integration
CARDS = 30


@pytest.fixture
async def damaged(broker: Broker, topics: OwnTopics, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """A topic in whose partition 1 nothing can be decoded, after all of a poll was drained."""
    getmany = AIOKafkaConsumer.getmany

    async def spoiled(self: Any, *partitions: Any, **how: Any) -> Any:
        found = await getmany(self, *partitions, **how)
        if any(tp.partition == 1 for tp in found):
            raise CorruptRecordException("Invalid CRC")
        return found

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", spoiled)
    async with on_kafka(broker.kafka, topics.events) as bench:
        log = KafkaLog(broker.kafka, "sayer", topics.events)
        await log.publish([said(bench, n, f"{n:064x}") for n in range(CARDS)])
        await log.stop()
        yield bench


@pytest.fixture
async def member(damaged: Bench) -> Member:
    """A member of a group on that topic."""
    return await damaged.join(uuid.uuid4().hex)


async def test_the_other_partitions_lose_nothing(member: Member) -> None:
    log = member.log
    assert isinstance(log, KafkaLog)
    here = Place(log.sources[0], 1)
    await until(lambda: here in log.damaged() and log.lag().keys() > {here})
    others = {Place(log.sources[0], partition): 0 for partition in (0, 2)}
    await until(lambda: not any(log.lag().get(place, 1) for place in others))
    ends = await log.ends(log.sources[0])
    await until(lambda: len(member.taken) == ends[0] + ends[2])
    assert set(ids(member.taken)) <= {an_id(n) for n in range(CARDS)}


async def test_the_damaged_partition_is_named_and_stands_still(member: Member) -> None:
    assert isinstance(member.log, KafkaLog)
    here = Place(member.log.sources[0], 1)
    await until(lambda: here in member.log.damaged())  # type: ignore[attr-defined]
    assert not [record for record in member.taken if record.partition == 1]


async def test_who_it_goes_to_finds_it_anew_and_so_does_who_it_comes_back_to(damaged: Bench) -> None:
    here, group = Place(damaged.topic, 1), uuid.uuid4().hex
    first = log_of(await damaged.join(group))
    await until(lambda: here in first.damaged())
    member = await damaged.join(group)
    logs = first, log_of(member)
    await until(lambda: all(log.owned() for log in logs) and sum(here in log.damaged() for log in logs) == 1, 30)
    assert [here in log.owned() for log in logs] == [here in log.damaged() for log in logs]
    await damaged.leave(member)
    await until(lambda: len(first.owned()) == 3 and here in first.damaged(), 30)
    assert first._consumer is not None
    assert first._consumer.paused() == {TopicPartition(*here)}


def log_of(member: Member) -> KafkaLog:
    assert isinstance(member.log, KafkaLog)
    return member.log
