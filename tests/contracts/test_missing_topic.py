"""A topic that is not there is named, whether a process reads it or only writes to it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka.errors import UnknownTopicOrPartitionError

from deploy.local.broker import Broker
from deploy.local.topics import declare, declared
from shared.adapters.kafka import KafkaLog
from shared.adapters.kafka_access import KafkaAccess
from shared.adapters.kafka_words import explained
from shared.adapters.sending import send
from shared.envelope import Envelope
from shared.runtime.log import LogUnavailable
from tests.contracts.test_log import Member, nothing
from tests.support.spec import CARD, an_id
from tests.support.topics import OwnTopics
from tests.support.waiting import until


class Nowhere:
    """A producer to which no topic is known."""

    async def partitions_for(self, topic: str) -> set[int]:
        raise UnknownTopicOrPartitionError


async def test_what_can_not_be_sent_names_its_topic() -> None:
    said = Envelope(an_id(1), "onecard.test.said.v1", "2026-11-24T09:00:00+08:00", CARD, b"{}", topic="onecard.gone")
    with pytest.raises(UnknownTopicOrPartitionError) as error:
        await send(Nowhere(), [said])
    told = await explained(error.value, KafkaAccess("nobody:1"), "the broker did not acknowledge")
    assert str(told).startswith("the broker did not acknowledge: there is no topic onecard.gone; `onecard up`")


def test_a_topic_that_is_read_and_written_to_is_named_once() -> None:
    log = KafkaLog("nobody:1", "both", ("a", "b"), says=("b", "c"))
    assert (*log.sources, *log.says) == ("a", "b", "c")


@pytest.fixture
async def log(broker: Broker, topics: OwnTopics) -> AsyncIterator[KafkaLog]:
    """A member of a group that reads one topic and writes to another."""
    log = KafkaLog(broker.kafka, uuid.uuid4().hex, topics.events, says=(topics.queues,))
    await log.start(Member(log).take, nothing)
    yield log
    await log.stop()


@pytest.mark.integration
async def test_nobody_begins_without_a_topic_it_writes_to(broker: Broker, topics: OwnTopics) -> None:
    log = KafkaLog(broker.kafka, "sayer", topics.events, says=(topics.queues, "onecard.undeclared"))
    with pytest.raises(LogUnavailable, match=r"there is no topic onecard\.undeclared"):
        await log.start(Member(log).take, nothing)
    await log.stop()


@pytest.mark.integration
async def test_who_has_every_topic_is_well_from_the_first_moment_and_after_a_rebalance(log: KafkaLog) -> None:
    await log.ping()
    await until(lambda: bool(log.owned()))
    other = KafkaLog(log.access, log.group, log.sources)
    await other.start(Member(other).take, nothing)
    await until(lambda: bool(other.owned()), 30)
    for one in (log, other):
        await one.ping()
    await other.stop()


@pytest.mark.integration
async def test_a_topic_it_writes_to_is_missed_until_it_is_declared(log: KafkaLog, broker: Broker) -> None:
    name = f"onecard.queues.{uuid.uuid4().hex}"
    log.says = (*log.says, name)
    with pytest.raises(LogUnavailable, match=name):
        await log.ping()
    [queues] = [topic for topic in declared() if topic.name == "onecard.queues"]
    await declare(broker.kafka, [replace(queues, name=name)], replicas=1)
    await log.ping()
