"""Records whose header names are any bytes at all, as no producer of ours would write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

Raw = tuple[bytes, bytes, Sequence[tuple[bytes, bytes]]]
"""Key, value and headers of a record."""
PLAIN, LZ4 = 0, 3


class Name(str):
    """A header's name that is written as these bytes."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return super().encode("latin-1", "strict")


def written(records: Sequence[Raw], compression: int = PLAIN, base: int = 0) -> bytes:
    """A batch as the broker keeps it, whose first record is at the offset `base`."""
    whole = _builder(records, compression).build()
    whole[:8] = base.to_bytes(8)
    return bytes(whole)


async def produced(kafka: str, topic: str, partition: int, records: Sequence[Raw], compression: int = PLAIN) -> int:
    """The offset of the first of them, all in one batch."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.split(",")) as producer:
        batch = producer.create_batch()
        batch._builder, batch._relative_offset = _builder(records, compression), len(records)
        sent = await (await producer.send_batch(batch, topic, partition=partition))
    offset: int = sent.offset
    return offset


def _builder(records: Sequence[Raw], compression: int) -> Any:
    made = _DefaultRecordBatchBuilderPy(2, compression, False, -1, -1, 0, 1 << 20)
    for at, (key, value, heads) in enumerate(records):
        made.append(at, 1, key, value, [(Name(name.decode("latin-1")), text) for name, text in heads])
    return made
