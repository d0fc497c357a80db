"""Who reads a topic alone knows that it does, and stops knowing it when somebody else comes."""

from __future__ import annotations

import uuid

import pytest

from deploy.local.broker import Broker
from shared.adapters.kafka import KafkaLog
from tests.contracts.test_log import Member, nothing
from tests.support.topics import OwnTopics
from tests.support.waiting import until


def test_who_has_not_joined_owns_nothing() -> None:
    assert not KafkaLog("nobody:1", "owning", "onecard.events").owns_all()


@pytest.mark.integration
@pytest.mark.timeout(120)
async def test_all_is_owned_by_one_and_by_none_of_two(broker: Broker, topics: OwnTopics) -> None:
    group, sources = uuid.uuid4().hex, (topics.events, topics.queues)
    one, other = (KafkaLog(broker.kafka, group, sources) for _ in range(2))
    await one.start(Member(one).take, nothing)
    await until(one.owns_all, 30)
    await other.start(Member(other).take, nothing)
    await until(lambda: bool(other.owned()) and not one.owns_all(), 30)
    assert not other.owns_all()
    await other.stop()
    await until(one.owns_all, 30)
    await one.stop()
