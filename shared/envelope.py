"""CloudEvents 1.0 in Kafka binary mode: a record read into an Envelope, and a Message written as a record.

Reading is total: whatever bytes and headers a record has, the answer is an Envelope or an Unreadable with its cause.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from shared.events.base import SHANGHAI

Headers = Sequence[tuple[str, bytes | None]]

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)"
_TRACE = r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"
_PRINTABLE = r"[ -~]{0,200}"
UUID, TIME, TRACE, PRINTABLE = (re.compile(rf"{rule}\Z") for rule in (_UUID, _TIME, _TRACE, _PRINTABLE))
_AS_WRITTEN = re.compile(
    rf"application/json\n1\.0\n({_UUID})\n({_PRINTABLE})\n([ -~]{{1,200}})\n({_TIME})\n({_UUID})?\n({_UUID})?"
    rf"\n({_PRINTABLE})\n({_PRINTABLE})\n([^\n]*)\n({_TRACE})?\Z"
).match
"""The values of _ORDER, a line each; the same rules as _read_carefully applies one by one."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEEDED = ("ce_id", "ce_type", "ce_time")
_ORDER = (
    "content-type", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_causationid",
    "ce_keyid", "ce_decidedby", "ce_terminalsig", "traceparent",
)  # fmt: skip
_NAMES = frozenset(_ORDER)
KNOWN_AGAIN = 512
"""Texts whose value is known when they come again: the few of a batch do at once, or never."""
FIXED = (("content-type", b"application/json"), ("ce_specversion", b"1.0"))


class Record(NamedTuple):
    """A record as the log gave it. `time_ms` is the broker's append time: the log time."""

    topic: str
    partition: int
    offset: int
    time_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record nobody can take for an event, and why (never with a value in it)."""

    record: Record
    cause: str


class Envelope(NamedTuple):
    """An event on the log or on its way there. `time` is its text exactly as the edge wrote it."""

    id: str
    type: str
    time: str
    key: str
    body: bytes
    source: str = ""
    subject: str = ""
    causation: str = ""
    key_id: str = ""
    decided_by: str = ""
    signature: str = ""
    trace: str = ""
    topic: str = ""
    partition: int = -1
    offset: int = -1
    time_ms: int = 0

    @property
    def happened(self) -> datetime:
        """When it happened at the edge, with its offset."""
        return moment(self.time)

    @property
    def log_time(self) -> datetime:
        """When the broker put it on the log."""
        return at_ms(self.time_ms)


def read(record: Record) -> Envelope | Unreadable:
    """The envelope of a record. Total: never raises, whatever the record holds.

    A record as `headers` writes it is recognised by one expression over all its headers, at a third of the cost.
    """
    heads = dict(record.headers)
    key, body = record.key, record.value
    if not key or body is None or len(heads) != len(record.headers) or not heads.keys() <= _NAMES:
        return _read_carefully(record)
    try:
        found = _AS_WRITTEN(b"\n".join([heads.get(name, b"") for name in _ORDER]).decode())  # type: ignore[misc]
        if found is None:
            return _read_carefully(record)
        id, source, type, time, subject, causation, key_id, decided_by, signature, trace = found.groups("")
        moment(time)
        return Envelope(
            id, type, time, key.decode(), body, source, subject, causation, key_id, decided_by, signature, trace,
            record.topic, record.partition, record.offset, record.time_ms,
        )  # fmt: skip
    except (ValueError, TypeError):  # Not UTF-8, no moment, a header without a value.
        return _read_carefully(record)


def _read_carefully(record: Record) -> Envelope | Unreadable:
    """The rules one by one, in the order their causes are named."""
    if not record.key:
        return Unreadable(record, "no_key")
    if record.value is None:
        return Unreadable(record, "no_body")
    texts: dict[str, str] = {}
    try:
        for name, value in record.headers:
            name.encode()  # What was no UTF-8 in it is kept as lone surrogates.
            if value is not None and name not in texts:
                texts[name] = value.decode()
        key = record.key.decode()
    except UnicodeError:
        return Unreadable(record, "headers_not_utf8")
    for name in NEEDED:
        if not texts.get(name):
            return Unreadable(record, f"no_{name}")
    if texts.get("ce_specversion") != "1.0" or texts.get("content-type", "").partition(";")[0] != "application/json":
        return Unreadable(record, "not_a_cloudevent")
    if not _well_formed(texts):
        return Unreadable(record, "malformed_headers")
    trace = texts.get("traceparent", "")
    text = texts.get
    return Envelope(
        texts["ce_id"], texts["ce_type"], texts["ce_time"], key, record.value, text("ce_source", ""),
        text("ce_subject", ""), text("ce_causationid", ""), text("ce_keyid", ""), text("ce_decidedby", ""),
        text("ce_terminalsig", ""), trace if TRACE.match(trace) else "",
        record.topic, record.partition, record.offset, record.time_ms,
    )  # fmt: skip


def headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """The record headers of an envelope; what is empty is left out."""
    named = [
        *FIXED,
        ("ce_id", envelope.id.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_time", envelope.time.encode()),
        ("ce_subject", envelope.subject.encode()),
        ("ce_causationid", envelope.causation.encode()),
        ("ce_keyid", envelope.key_id.encode()),
        ("ce_decidedby", envelope.decided_by.encode()),
        ("ce_terminalsig", envelope.signature.encode()),
        ("traceparent", envelope.trace.encode()),
    ]
    return [header for header in named if header[1]]


@lru_cache(maxsize=KNOWN_AGAIN)
def moment(text: str) -> datetime:
    """An RFC 3339 time; a batch repeats the same few, so they are kept."""
    return datetime.fromisoformat(text)


@lru_cache(maxsize=KNOWN_AGAIN)
def at_ms(ms: int) -> datetime:
    """Milliseconds since the epoch as a Shanghai time."""
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(SHANGHAI)


def to_ms(at: datetime) -> int:
    """A moment as whole milliseconds since the epoch."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def _well_formed(texts: dict[str, str]) -> bool:
    """Ids are UUIDs, times are times, and nothing is long or unprintable: headers go on the log as they came."""
    id, type, time = (texts[name] for name in NEEDED)
    if not (UUID.match(id) and TIME.match(time) and PRINTABLE.match(type) and _is_moment(time)):
        return False
    ids = (texts.get("ce_subject", ""), texts.get("ce_causationid", ""))
    others = (texts.get("ce_source", ""), texts.get("ce_keyid", ""), texts.get("ce_decidedby", ""))
    return all(not id or UUID.match(id) for id in ids) and all(PRINTABLE.match(text) for text in others)


def _is_moment(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True
