"""What a batch was is given back with it: nothing of it waits for the collector of cycles."""

from __future__ import annotations

import gc

import pytest
from aiokafka import ConsumerRecord
from faststream.kafka.message import KafkaMessage

from deploy.local.broker import Broker
from shared.adapters.kafka import KafkaLog
from shared.envelope import Envelope
from tests.contracts.test_log import Member, nothing
from tests.support.spec import an_id
from tests.support.topics import OwnTopics
from tests.support.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


async def test_no_batch_waits_for_the_collector(broker: Broker, topics: OwnTopics) -> None:
    log = KafkaLog(broker.kafka, "freed", topics.events)
    member = Member(log)
    await log.start(member.take, nothing)
    said = Envelope("", "onecard.test.said.v1", "2026-11-24T09:00:00+08:00", "c" * 64, b"{}", topic=topics.events)
    gc.collect()
    gc.disable()
    try:
        for n in range(20):
            await log.publish([said._replace(id=an_id(n))])
            await until(lambda: len(member.taken) == n + 1)  # noqa: B023 - looked at before the loop goes on
        assert in_cycles() == []
    finally:
        gc.enable()
        await log.stop()


def in_cycles() -> list[str]:
    """The parts of batches that only the collector finds."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return [type(one).__name__ for one in gc.garbage if type(one) in (ConsumerRecord, KafkaMessage)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
