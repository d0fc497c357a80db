"""Envelopes into the producer's own batches, one per partition, filled here.

Sent one by one, a record costs a coroutine, a future and a look at the cluster each; the batch costs them once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError

from shared.adapters.partitioner import partition_of
from shared.envelope import Envelope, headers


async def send(producer: AIOKafkaProducer, envelopes: Sequence[Envelope]) -> None:
    """Return when all are acknowledged. Those of one partition keep their order. Raises what the producer raises."""
    counts = {topic: await _partitions(producer, topic) for topic in {one.topic for one in envelopes}}
    filling: dict[tuple[str, int], Any] = {}
    sent: list[asyncio.Future[Any]] = []
    for envelope in envelopes:
        key = envelope.key.encode()
        place = envelope.topic, partition_of(key, counts[envelope.topic])
        record = {"timestamp": None, "key": key, "value": envelope.body, "headers": headers(envelope)}
        if place not in filling:
            filling[place] = producer.create_batch()
        if filling[place].append(**record) is None:
            # It is full: a batch takes its first record whatever its size, and the broker says what is too large.
            sent.append(await producer.send_batch(filling[place], place[0], partition=place[1]))
            filling[place] = producer.create_batch()
            filling[place].append(**record)
    for (topic, partition), batch in filling.items():
        sent.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*sent)


async def _partitions(producer: AIOKafkaProducer, topic: str) -> int:
    try:
        return len(await producer.partitions_for(topic))
    except UnknownTopicOrPartitionError:
        raise UnknownTopicOrPartitionError(topic) from None  # aiokafka does not say which.
