"""A consumer with nothing to read leaves the broker in peace, and still hears of a new record at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest

from deploy.local.broker import Broker
from shared.adapters.kafka import KafkaLog
from shared.envelope import Envelope
from tests.contracts.test_log import Member, nothing
from tests.support.spec import an_id
from tests.support.topics import OwnTopics
from tests.support.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long the broker was allowed to wait in each request for records (ms), in order."""
    found: list[int] = []
    send = AIOKafkaClient.send

    async def noted(client: Any, node: Any, request: Any, **how: Any) -> Any:
        if isinstance(request, FetchRequest):
            found.append(request._max_wait_ms)
        return await send(client, node, request, **how)

    monkeypatch.setattr(AIOKafkaClient, "send", noted)
    return found


@pytest.fixture
async def member(broker: Broker, topics: OwnTopics, waits: list[int]) -> AsyncIterator[Member]:
    log = KafkaLog(broker.kafka, "fetching", topics.events)
    member = Member(log)
    await log.start(member.take, nothing)
    yield member
    await log.stop()


async def test_nothing_to_read_is_asked_for_with_patience(member: Member, waits: list[int]) -> None:
    await until(lambda: len(waits) > 2)
    assert set(waits) == {500}


async def test_a_record_ends_the_wait(member: Member, topics: OwnTopics, waits: list[int]) -> None:
    await until(lambda: bool(waits))
    said = Envelope("", "onecard.test.said.v1", "2026-11-24T09:00:00+08:00", "c" * 64, b"{}", topic=topics.events)
    took = []
    for n in range(5):
        begun = monotonic()
        await member.log.publish([said._replace(id=an_id(n))])
        await until(lambda: len(member.taken) == n + 1)  # noqa: B023 - looked at before the loop goes on
        took.append(monotonic() - begun)
    assert min(took) < 0.25


async def test_beside_a_partition_that_is_paused_the_broker_waits_for_a_moment_only(
    member: Member, waits: list[int]
) -> None:
    await until(lambda: bool(waits))
    consumer = member.log._consumer  # type: ignore[attr-defined]
    [first, *_] = sorted(consumer.assignment())
    consumer.pause(first)
    await until(lambda: waits[-1] == 50)
    consumer.resume(first)
    await until(lambda: waits[-1] == 500)
