"""The archive against the log, entry for entry: both sides stream by offset, and one look at each is enough."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from hashlib import sha256

from pydantic_core import from_json

from deploy.check.book import Archived
from deploy.check.result import Finding
from deploy.check.sources import Entry
from shared.envelope import Envelope
from shared.events import TYPES


def digest(envelope: Envelope) -> str | None:
    """SHA-256 in hex over what the archive must say of an event; None for what is not archived.

    services/records/README.md: id, type, time, subject, cause and the body byte for byte.
    """
    event = TYPES.get(envelope.type)
    if event is None or not event.ARCHIVED or _card(envelope.body) != envelope.key:
        return None
    head = (
        f'"id":"{envelope.id}","type":"{envelope.type}","time":"{envelope.time}",'
        f'"subject":{json.dumps(envelope.subject)},"causation":{json.dumps(envelope.causation)},"body":'
    )
    return sha256(head.encode() + envelope.body).hexdigest()


async def compared(
    partition: int, log: Iterator[Archived], archive: AsyncIterator[Entry], *, handled: int, mark: int, end: int
) -> AsyncIterator[Finding]:
    """What differs in one partition. `handled` is how far records has come, `end` how far the log was read; from `mark`
    on it came while the check ran, so nothing is expected of it."""
    wanted = next(log, None)
    async for entry in archive:
        if entry.offset >= end:
            break
        while wanted is not None and wanted.offset < entry.offset:
            for finding in _missing(partition, wanted, handled, mark):
                yield finding
            wanted = next(log, None)
        if wanted is None or (wanted.offset, wanted.card, wanted.id) != (entry.offset, entry.card, entry.id):
            yield _finding("archive_foreign", partition, entry)
            continue
        if wanted.digest != entry.digest:
            yield _finding("archive_other", partition, wanted)
        elif entry.kind != TYPES[wanted.type].KIND:
            yield _finding("archive_misfiled", partition, wanted)
        wanted = next(log, None)
    while wanted is not None:
        for finding in _missing(partition, wanted, handled, mark):
            yield finding
        wanted = next(log, None)


def _missing(partition: int, wanted: Archived, handled: int, mark: int) -> Iterator[Finding]:
    if wanted.offset < handled:
        yield _finding("archive_missing", partition, wanted)
    elif wanted.offset < mark:
        yield replace(_finding("archive_pending", partition, wanted), standing="pending")


def _finding(code: str, partition: int, one: Archived | Entry) -> Finding:
    return Finding(code, (one.id,), partition, one.offset, "records")


def _card(body: bytes) -> object:
    try:
        found = from_json(body)
    except ValueError:
        return None
    return found.get("card") if isinstance(found, dict) else None
