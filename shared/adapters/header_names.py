"""A record with a header name that is not UTF-8, decoded all the same.

The broker looks into no record, so whoever may write to a topic may write such a name. aiokafka raises in the middle
of the batch, at every poll anew: its partition would stand still for good. So from there on the answer to that one
request is decoded by aiokafka's slower code in Python, and the name keeps its bytes as lone surrogates, which no other
name has: shared.envelope finds them and sets the record aside. Whatever else is wrong with a batch still raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


class _Bytes(bytearray):
    """Bytes of which any part can be decoded, and back again."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Bytes(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> str:
        return super().decode(encoding, "surrogateescape")


class _Batch(_DefaultRecordBatchPy):  # type: ignore[misc]
    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Bytes(self._buffer)


class _Again(_MemoryRecordsPy):  # type: ignore[misc]
    """The batches of a request's answer that are not over at this offset."""

    def __init__(self, answer: bytes, offset: int) -> None:
        super().__init__(answer)
        self._offset = offset

    def next_batch(self) -> Any:
        while True:
            its_bytes = self._next_slice
            found = super().next_batch()
            if not isinstance(found, DefaultRecordBatch):
                return found  # It has no headers.
            if found.next_offset > self._offset:
                return _Batch(its_bytes)


class KeptRecords(MemoryRecords):  # type: ignore[misc]
    """A request's answer, which knows its bytes."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(answer)
        self.answer = answer


class ReadableRecords(PartitionRecords):  # type: ignore[misc]
    """aiokafka's own, which goes on where a name can't be decoded."""

    _records: Any
    _records_iterator: Iterator[ConsumerRecord] | None

    def __next__(self) -> ConsumerRecord:
        # Not by super(): it would be one call more for each record.
        try:
            return next(self._records_iterator)  # type: ignore[arg-type]
        except StopIteration:
            self._records_iterator = None
            raise
        except UnicodeDecodeError:
            self._records = _Again(self._records.answer, self.next_fetch_offset)
            self._records_iterator = self._unpack_records()
            return next(self._records_iterator)


def read_any_header_name() -> None:
    """For every consumer of this process, once or many times."""
    fetcher.MemoryRecords, fetcher.PartitionRecords = KeptRecords, ReadableRecords
