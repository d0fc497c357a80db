"""Reading that ended by itself, without a word, is noticed, told, and begun again: nothing is lost by it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from deploy.local.broker import Broker
from shared.adapters.kafka import KafkaLog
from shared.beginning import stay
from shared.envelope import Envelope
from shared.runtime.telemetry import Telemetry
from tests.contracts.test_log import Member, nothing
from tests.support.spec import an_id
from tests.support.topics import OwnTopics
from tests.support.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

PARTS: dict[str, Callable[[Any], asyncio.Future[Any]]] = {
    "aiokafka's part in the group": lambda log: log._consumer._coordinator._coordination_task,
    "aiokafka's fetcher": lambda log: log._consumer._fetcher.error_future,
    "the polling of records": lambda log: log._polls[0],
}


@pytest.fixture
async def member(broker: Broker, topics: OwnTopics) -> AsyncIterator[Member]:
    """A static member, as services are, that stays in its group."""
    log = KafkaLog(broker.kafka, uuid.uuid4().hex, topics.events, "staying-1")
    member = Member(log)
    await log.start(member.take, nothing)
    owner: Any = SimpleNamespace(revoked=nothing, last_poll=0.0, telemetry=Telemetry("staying"))
    stopped = asyncio.Event()
    staying = asyncio.create_task(stay(log, owner, member.take, stopped))
    yield member
    stopped.set()
    await staying
    await log.stop()


@pytest.mark.parametrize("part", PARTS)
async def test_who_reads_no_more_without_a_word_joins_again(member: Member, topics: OwnTopics, part: str) -> None:
    said = Envelope("", "onecard.test.said.v1", "2026-11-24T09:00:00+08:00", "c" * 64, b"{}", topic=topics.events)
    log: Any = member.log
    await log.publish([said._replace(id=an_id(0))])
    await until(lambda: len(member.taken) == 1)
    assert not log.ended
    with capture_logs() as told:
        PARTS[part](log).cancel()
        await until(lambda: bool(told), 30)
        await log.publish([said._replace(id=an_id(1))])
        await until(lambda: len(member.taken) == 2, 30)
    assert [(one["event"], one["reason"]) for one in told] == [("reading ended by itself", part)]
    assert [record.offset for record in member.taken] == [0, 1]
    assert not log.ended
