"""A static member that comes back as another version is given what that version reads."""

from __future__ import annotations

import uuid
from contextlib import suppress

import pytest

from deploy.local.broker import Broker
from shared.adapters.kafka import KafkaLog
from shared.runtime.log import LogUnavailable
from tests.contracts.test_log import Member, nothing
from tests.support.topics import OwnTopics
from tests.support.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


async def test_a_version_that_reads_one_topic_more_is_given_it(broker: Broker, topics: OwnTopics) -> None:
    group = uuid.uuid4().hex
    before = KafkaLog(broker.kafka, group, topics.events, "one-1")
    await before.start(Member(before).take, nothing)
    await until(lambda: bool(before.owned()))
    await before.stop()
    after = KafkaLog(broker.kafka, group, (topics.events, topics.queues), "one-1")
    while not after.owned():
        with suppress(LogUnavailable):  # It has to wait until the member before it counts as gone: ten seconds.
            await after.start(Member(after).take, nothing)
    assert {place.topic for place in after.owned()} == {topics.events, topics.queues}
    await after.stop()
