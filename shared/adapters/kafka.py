"""Kafka: a FastStream batch subscriber over aiokafka reads, an idempotent aiokafka producer says.

Settings and their reasons are those of docs/decisions (defaults that would lose health records). FastStream's own
parsing is replaced whole: one header that is not UTF-8 would fail a batch before any handler saw it, and a failure
there would let the position move on. Reading a record is shared.envelope.read, which is total.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaConnectionError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from shared.adapters.connection import certified_until, mend_connections
from shared.adapters.consumer import IDLE_POLL_MS, PatientConsumer, ended
from shared.adapters.header_names import read_any_header_name
from shared.adapters.kafka_access import KafkaAccess
from shared.adapters.kafka_words import FAILED, MISSING, NO_RIGHT, explained
from shared.adapters.sending import send
from shared.envelope import Envelope, Record
from shared.runtime.log import Log, LogUnavailable, OwnershipLost, Place, Standing

mend_connections()
read_any_header_name()

BATCH = 500
MAX_POLL_MS = 60_000
PUBLISH_SECONDS = 30.0
LOOK_SECONDS = 10.0
START_SECONDS = 10.0
METADATA_MS = 5_000
"""How soon a topic that was declared late, or deleted, is noticed."""

Batch = Sequence[Record]
OnBatch = Callable[[Batch], Awaitable[Any]]

PRODUCER: dict[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    # A batch is handed over at once, before the sender wakes, so waiting for more to come would only delay it.
    "linger_ms": 0,
    "max_batch_size": 256 * 1024,
    "max_request_size": 1024 * 1024,
    "compression_type": "lz4",
    "request_timeout_ms": 15_000,
}


class KafkaLog(Log):
    """One process's membership in its group, which reads one topic or several, its producer, and reads outside the
    group. Without the topics it `says` on it is not well either."""

    def __init__(
        self,
        kafka: str | KafkaAccess,
        group: str,
        source: str | tuple[str, ...],
        instance: str | None = None,
        *,
        says: tuple[str, ...] = (),
    ) -> None:
        self.access = KafkaAccess.of(kafka)
        self.sources = (source,) if isinstance(source, str) else source
        self.says = tuple(topic for topic in says if topic not in self.sources)
        # A static member that comes back is given what its predecessor had, whatever it reads by now: a version that
        # reads other topics is another member.
        self.group, self.instance = group, instance and ".".join((instance, *self.sources))
        self._producer: AIOKafkaProducer | None = None
        self._consumer: PatientConsumer | None = None
        self._broker: KafkaBroker | None = None
        self._polls: Sequence[asyncio.Future[Any]] = ()
        self._replacing = asyncio.Lock()

    async def start(self, take: OnBatch, revoked: Callable[[], Awaitable[None]]) -> None:
        """Join the group and hand over batches, one at a time; `revoked` lets the batch in hand finish, when partitions
        go to somebody else or this process leaves."""
        told = self.access.client()
        broker = KafkaBroker(
            told["bootstrap_servers"],
            apply_types=False,
            consumer_only=True,
            allow_auto_create_topics=False,
            metadata_max_age_ms=METADATA_MS,
            logger=_QUIET,
        )
        subscriber = broker.subscriber(
            *self.sources,
            batch=True,
            group_id=self.group,
            group_instance_id=self.instance,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            max_records=BATCH,
            batch_timeout_ms=10,
            max_poll_interval_ms=MAX_POLL_MS,
            rebalance_timeout_ms=MAX_POLL_MS,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            fetch_max_wait_ms=500,
            parser=_message,
            decoder=_records,
            no_reply=True,
            listener=_Listener(revoked),
        )

        @subscriber
        async def on_batch(batch: Any) -> None:  # The wire is documented by the AsyncAPI document, not here.
            await take([_record(raw) for raw in batch])

        try:
            async with asyncio.timeout(START_SECONDS):
                await self._seen()
                await broker.connect()
                config = broker.config.broker_config
                own = told | {"letting_go": revoked}
                config.builder = partial(PatientConsumer, **{**config.builder.keywords, **own})  # type: ignore[attr-defined]
                await broker.start()
        except BaseException as error:
            with suppress(*FAILED):
                async with asyncio.timeout(2):
                    await broker.stop()
            if isinstance(error, FAILED):
                raise await explained(error, self.access, f"{self.group} was not joined") from error
            raise
        self._broker, self._consumer, self._polls = broker, subscriber.consumer, subscriber.tasks

    async def _seen(self) -> None:
        """Its topics are there: the consumer itself would ask for one for ever, ten times a second, and say nothing."""
        async with _Reader(self.access) as consumer:
            for topic in (*self.sources, *self.says):
                await _partitions(consumer, topic, patience=3)

    @property
    def ended(self) -> str:
        """What ended by itself since this process joined, so that nothing is read until it joins again; empty while
        all goes on."""
        return "the membership" if self._consumer is None else ended(self._consumer, self._polls)

    async def stop(self) -> None:
        """Leave the group and let the producer finish."""
        broker, producer = self._broker, self._producer
        try:
            if broker is not None:
                await broker.stop()
        finally:
            # Whoever gave up waiting for this may have joined again meanwhile: that is not to be forgotten.
            if self._broker is broker:
                self._broker = self._consumer = None
            if self._producer is producer:
                self._producer = None
            if producer is not None:
                await producer.stop()

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await send(await self._ready(), envelopes)
        except FAILED as error:
            await self._replace()
            raise await explained(error, self.access, "the broker did not acknowledge") from error

    async def commit(self, positions: Mapping[Place, int]) -> None:
        if self._consumer is None:
            raise OwnershipLost
        try:
            await self._consumer.commit({TopicPartition(*place): offset for place, offset in positions.items()})
        except (CommitFailedError, IllegalStateError) as error:
            raise OwnershipLost from error
        except KafkaError as error:
            raise await explained(error, self.access, "the offsets were not committed") from error

    async def rewind(self, positions: Mapping[Place, int]) -> None:
        if self._consumer is None:
            return
        owned = self._consumer.assignment()
        for place, offset in positions.items():
            if TopicPartition(*place) in owned:
                self._consumer.seek(TopicPartition(*place), offset)

    def owned(self) -> set[Place]:
        if self._consumer is None:
            return set()
        return {Place(tp.topic, tp.partition) for tp in self._consumer.assignment()}

    def owns_all(self) -> bool:
        """Whether every partition of what it reads is this process's."""
        known = self._consumer._client.cluster if self._consumer is not None else None  # noqa: SLF001 - no public way
        there = [known.partitions_for_topic(topic) if known else None for topic in self.sources]
        return all(there) and sum(map(len, filter(None, there))) == len(self.owned())

    async def ping(self) -> None:
        """Return when the broker answered a real request within two seconds; LogUnavailable otherwise."""
        if self._consumer is None:
            raise LogUnavailable("this process is not connected")
        mine = sorted(self._consumer.assignment())[:1]
        try:
            async with asyncio.timeout(2):
                await self._all_there(self._consumer)
                # Of the group's coordinator: on the connections to leaders this would stand behind a fetch that waits.
                await asyncio.gather(*map(self._consumer.committed, mine))
        except FAILED as error:
            raise await explained(error, self.access, "the broker does not answer") from error
        if self._consumer.refused is not None:
            raise await explained(self._consumer.refused, self.access, "no record can be read")

    async def _all_there(self, consumer: PatientConsumer) -> None:
        """aiokafka asks for the topics the group reads, and from a rebalance on for no others, unless it is told again.
        What it asks at that moment may not have them yet: so nothing is missing before it was asked for twice."""
        client = consumer._client  # noqa: SLF001 - there is no public way to ask what is not there
        topics = (*self.sources, *self.says)
        await asyncio.gather(*map(client.add_topic, self.says))
        if _missing(client.cluster, topics):
            await client.force_metadata_update()
        if missing := _missing(client.cluster, topics):
            raise LogUnavailable(MISSING.format(", ".join(missing)))

    @property
    def polled(self) -> float:
        """When the consumer last came back from a poll (monotonic seconds)."""
        return float(getattr(self._consumer, "polled", 0.0))

    def lag(self) -> dict[Place, int]:
        """Records between what was last read and the end, per owned partition, as far as the consumer knows."""
        consumer = self._consumer
        if consumer is None:
            return {}
        ends = {tp: consumer.highwater(tp) for tp in consumer.positions()}
        return {
            Place(tp.topic, tp.partition): max(0, (ends[tp] or 0) - position)
            for tp, position in consumer.positions().items()
            if ends[tp] is not None
        }

    def certified_until(self) -> float:
        """When a certificate of the brokers runs out, in seconds since the epoch; inf without TLS or a connection."""
        return math.inf if self._consumer is None else certified_until(self._consumer._client)  # noqa: SLF001 - as there

    def damaged(self) -> dict[Place, str]:
        """Owned partitions that stand still because a record in them can't be decoded, and where."""
        if self._consumer is None:
            return {}
        return {Place(tp.topic, tp.partition): why for tp, why in self._consumer.damaged.items()}

    async def read(self, place: Place, offset: int) -> Record | None:
        async with aclosing(self.scan(place, offset, offset + 1)) as batches:
            async for batch in batches:
                return batch[0] if batch[0].offset == offset else None
        return None

    async def ends(self, topic: str) -> dict[int, int]:
        async with _Reader(self.access) as consumer:
            partitions = await _partitions(consumer, topic)
            ends = await consumer.end_offsets([TopicPartition(topic, partition) for partition in partitions])
        return {tp.partition: end for tp, end in ends.items()}

    async def committed(self, topic: str) -> dict[int, int]:
        consumer = self._consumer
        if consumer is None:
            raise LogUnavailable("this process is not a member of its group yet")
        places = sorted(consumer.partitions_for_topic(topic) or ())
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                found = await asyncio.gather(*(consumer.committed(TopicPartition(topic, at)) for at in places))
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"the broker did not tell what is committed: {type(error).__name__}") from error
        return {at: offset for at, offset in zip(places, found, strict=True) if offset is not None}

    async def look(self, topic: str, at: Mapping[int, int]) -> dict[int, Standing]:
        try:
            async with asyncio.timeout(LOOK_SECONDS), _Reader(self.access) as consumer:
                partitions = consumer.partitions_for_topic(topic) or await _partitions(consumer, topic)
                places = [TopicPartition(topic, partition) for partition in sorted(partitions)]
                starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
                asked = {tp: at[tp.partition] for tp in places if starts[tp] <= at.get(tp.partition, -1) < ends[tp]}
                found = await _one_each(consumer, asked) if asked else {}
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"the broker did not tell how {topic} stands: {type(error).__name__}") from error
        return {tp.partition: Standing(starts[tp], ends[tp], found.get(tp)) for tp in places}

    async def scan(self, place: Place, start: int, end: int) -> AsyncGenerator[list[Record]]:
        if start >= end:
            return
        tp = TopicPartition(*place)
        async with _Reader(self.access) as consumer:
            consumer.assign([tp])
            consumer.seek(tp, start)
            while True:
                found = await consumer.getmany(tp, timeout_ms=IDLE_POLL_MS, max_records=BATCH)
                batch = [_record(raw) for raw in found.get(tp, ()) if raw.offset < end]
                if batch:
                    yield batch
                if await consumer.position(tp) >= end:
                    return

    async def _ready(self) -> AIOKafkaProducer:
        async with self._replacing:
            if self._producer is None:
                producer = AIOKafkaProducer(**self.access.client(), **PRODUCER)
                try:
                    await producer.start()
                except BaseException:
                    await _ended(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _replace(self) -> None:
        """After a record the broker rejects, an idempotent producer is out of sequence on that partition for good."""
        async with self._replacing:
            producer, self._producer = self._producer, None
            if producer is not None:
                await _ended(producer)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Waits for the batch in hand before partitions are let go."""

    def __init__(self, revoked: Callable[[], Awaitable[None]]) -> None:
        self._revoked = revoked

    async def on_partitions_revoked(self, revoked: Any) -> None:
        if revoked:
            await self._revoked()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        return None


class _Reader:
    """A consumer outside any group, for as long as the block lasts."""

    def __init__(self, access: KafkaAccess) -> None:
        self._access = access
        self._consumer = AIOKafkaConsumer(
            **access.client(), group_id=None, auto_offset_reset="earliest", enable_auto_commit=False
        )

    async def __aenter__(self) -> AIOKafkaConsumer:
        try:
            await self._consumer.start()
        except BaseException as error:
            await self._consumer.stop()
            if isinstance(error, FAILED):
                raise await explained(error, self._access, "the log can't be read") from error
            raise
        return self._consumer

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        await self._consumer.stop()
        if isinstance(error, (*NO_RIGHT, KafkaConnectionError)):
            raise await explained(error, self._access, "the log can't be read") from error


_QUIET = logging.getLogger("onecard.kafka")


def _missing(known: ClusterMetadata, topics: Iterable[str]) -> list[str]:
    return [one for one in topics if known.partitions_for_topic(one) is None and one not in known.unauthorized_topics]


async def _ended(producer: AIOKafkaProducer) -> None:
    """One that failed: whether it ends in order matters to nobody, and nobody waits for long."""
    with suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(2):
            await producer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str, patience: float = 10) -> set[int]:
    try:
        async with asyncio.timeout(patience):
            found: set[int] = await consumer._client._wait_on_metadata(topic)  # noqa: SLF001 - there is no public way
    except TimeoutError:
        raise LogUnavailable(MISSING.format(topic)) from None
    return found


async def _one_each(consumer: AIOKafkaConsumer, asked: Mapping[TopicPartition, int]) -> dict[TopicPartition, Record]:
    """The record at one offset of each partition; none where the log has a gap."""
    found: dict[TopicPartition, Record] = {}
    left = dict(asked)
    consumer.assign(list(left))
    for tp, offset in left.items():
        consumer.seek(tp, offset)
    while left:
        for tp, records in (await consumer.getmany(*left, timeout_ms=IDLE_POLL_MS, max_records=BATCH)).items():
            if left.pop(tp, None) is not None and records[0].offset == asked[tp]:
                found[tp] = _record(records[0])
    return found


async def _message(raw: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    return KafkaMessage(raw_message=raw, body=b"", headers={}, consumer=FAKE_CONSUMER)


async def _records(message: KafkaMessage) -> Any:
    """Not the message: it keeps what it was decoded to, and would keep itself, with every record of its batch."""
    return message.raw_message


def _record(raw: ConsumerRecord) -> Record:
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, raw.headers)
