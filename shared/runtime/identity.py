"""Whether a log is the one that a store was filled from. Pure."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from shared.envelope import Record
from shared.runtime.log import Place, Standing

RUNBOOK = "nothing was handled; docs/runbooks/another-log.md says what to do"


class AnotherLog(LookupError):
    """The log is not the one the store was filled from, or the one can't follow from the other any more. In words; no
    retry changes it."""


class Position(NamedTuple):
    """A store is complete to this offset of a partition. `id` and `digest` are those of the record there; a record that
    nobody can read has no id, and with no digest (nothing was handled yet) there is nothing to compare."""

    partition: int
    offset: int
    id: str = ""
    digest: str = ""
    version: int = 0


def position_of(record: Record, version: int) -> Position:
    """The position of a store that is complete to this record."""
    id = next((value for name, value in record.headers if name == "ce_id" and value is not None), b"")
    return Position(record.partition, record.offset, id[:36].decode("ascii", "replace"), _digest(record), version)


def begins(service: str, place: Place, position: Position, standing: Standing, committed: int | None) -> int:
    """Where reading begins: the lower of store and commit, of what is still there. AnotherLog in words if it can't."""
    where, after = f"{place.topic}/{place.partition}", position.offset + 1
    if after > standing.end:
        raise AnotherLog(
            f"{where} ends at {standing.end}, but the store of {service} is complete to {position.offset}: the broker "
            f"was wiped or restored from an older copy, or is another one; {RUNBOOK}"
        )
    if after < standing.start:
        raise AnotherLog(
            f"{where} begins at {standing.start}, but the store of {service} is complete to {position.offset} only: "
            f"the records between are gone from the log, and this store never handled them; {RUNBOOK}"
        )
    if position.digest and position.offset >= standing.start and not _is(position, standing.record):
        raise AnotherLog(
            f"{where} has another record at {position.offset} than the one the store of {service} is complete to "
            f"({position.id or 'one without an id'}): the broker was restored from an older copy and filled anew, "
            f"or is another one; {RUNBOOK}"
        )
    return max(standing.start, after if committed is None else min(after, committed))


def _is(position: Position, record: Record | None) -> bool:
    return record is not None and _digest(record) == position.digest


def _digest(record: Record) -> str:
    """16 bytes over all of a record, its append time too: the same bytes appended again are another record."""
    parts = [record.time_ms.to_bytes(8, "big", signed=True), record.key, record.value]
    for name, value in record.headers:
        parts += (name.encode(errors="surrogateescape"), value)  # Bytes that are no text stay what they are.
    whole = hashlib.blake2b(digest_size=16)
    for part in parts:
        whole.update(b"-" if part is None else b"%d:%b" % (len(part), part))
    return whole.hexdigest()
