"""A record with a header name that is not UTF-8 is set aside like any other nobody can read, and delays nothing."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import CorruptRecordException

from deploy.local.broker import Broker
from shared.adapters.header_names import KeptRecords, ReadableRecords
from shared.adapters.kafka import KafkaLog, _record
from shared.envelope import Envelope, Record, Unreadable, headers, read
from shared.runtime.identity import position_of
from shared.runtime.log import Place
from tests.contracts.test_log import Member, on_kafka
from tests.support.raw_names import LZ4, PLAIN, Raw, produced, written
from tests.support.spec import an_id
from tests.support.topics import OwnTopics
from tests.support.waiting import until

BAD = (b"ce_\xff\xfe", b"x")


def a_record(n: int, *more: tuple[bytes, bytes]) -> Raw:
    said = Envelope(an_id(n), "onecard.test.said.v1", "2026-11-24T09:00:00+08:00", "c" * 64, b"{}")
    heads = [(name.encode(), value) for name, value in headers(said)]
    return said.key.encode(), said.body, [*heads, *more]


def decoded(answer: bytes, offset: int = 0) -> list[ConsumerRecord]:
    here = TopicPartition("onecard.requests", 1)
    return list(ReadableRecords(here, KeptRecords(answer), None, offset, None, None, True, 0))


def causes(records: list[Record]) -> list[str]:
    """Why each can't be read; of one that can, its id."""
    return [one.cause if isinstance(one := read(record), Unreadable) else one.id for record in records]


@pytest.mark.parametrize("compression", [PLAIN, LZ4])
def test_the_name_keeps_its_bytes(compression: int) -> None:
    [found] = decoded(written([a_record(0, BAD)], compression))
    assert [(name.encode(errors="surrogateescape"), value) for name, value in found.headers][-1] == BAD


def test_a_store_may_be_complete_to_it() -> None:
    [one], [other] = (decoded(written([a_record(0, bad)], PLAIN)) for bad in (BAD, (b"ce_\xff", b"x")))
    assert position_of(_record(one), 1).digest != position_of(_record(other), 1).digest


@pytest.mark.parametrize("compression", [PLAIN, LZ4])
@pytest.mark.parametrize("offset", range(9))
def test_all_around_it_is_there_once_and_as_it_was(compression: int, offset: int) -> None:
    batches = [(first, end) for first, end in ((0, 2), (2, 6), (6, 9)) if end > offset]  # As a broker answers.
    whole, spoiled = ([a_record(n, *((BAD,) if bad and n in (3, 4, 7) else ())) for n in range(9)] for bad in (0, 1))
    good, found = (
        decoded(b"".join(written(records[first:end], compression, first) for first, end in batches), offset)
        for records in (whole, spoiled)
    )
    assert [one.offset for one in found] == list(range(offset, 9))
    assert [one for one in found if one.offset not in (3, 4, 7)] == [one for one in good if one.offset not in (3, 4, 7)]
    assert [(one.key, one.value, one.timestamp) for one in found] == [
        (one.key, one.value, one.timestamp) for one in good
    ]


def test_a_batch_that_is_damaged_otherwise_still_raises() -> None:
    broken = bytearray(written([a_record(1)], base=1))
    broken[-1] ^= 1
    with pytest.raises(CorruptRecordException):
        decoded(written([a_record(0, BAD)]) + broken)


@pytest.fixture
async def member(broker: Broker, topics: OwnTopics) -> AsyncIterator[Member]:
    """A member of a group on a topic in whose partition 1 are such records, among others."""
    for compression in (PLAIN, LZ4):
        await produced(broker.kafka, topics.events, 1, [a_record(0), a_record(1, BAD), a_record(2)], compression)
    async with on_kafka(broker.kafka, topics.events) as bench:
        yield await bench.join(uuid.uuid4().hex)


EXPECTED = [an_id(0), "headers_not_utf8", an_id(2)] * 2


@pytest.mark.integration
async def test_a_member_takes_it_with_its_cause_and_goes_on(member: Member) -> None:
    assert isinstance(member.log, KafkaLog)
    await until(lambda: len(member.taken) == 6)
    assert (causes(member.taken), member.log.damaged()) == (EXPECTED, {})


@pytest.mark.integration
async def test_a_scan_and_a_read_find_what_the_member_took(member: Member) -> None:
    await until(lambda: len(member.taken) == 6)
    here = Place(member.taken[0].topic, 1)
    scanned = [record async for batch in member.log.scan(here, 0, 6) for record in batch]
    assert scanned == member.taken
    assert await member.log.read(here, 4) == member.taken[4]
