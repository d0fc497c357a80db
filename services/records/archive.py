"""The archive is a fold of the log: one entry per archived event, the first copy of each, its body verbatim.

The layout of an entry is the storage format: `{<where and when it stands on the log>,<what was said>}`. What was
said begins with the id and ends with the event's own body; two copies of one event agree in it byte for byte,
while their places on the log and the version that decided them may differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from hashlib import sha256
from json.encoder import encode_basestring_ascii as text
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from pydantic_core import from_json
from typing_extensions import TypedDict

from shared.decider import SetAside
from shared.envelope import Envelope, moment
from shared.events import TYPES
from shared.events.base import CardKeyText

KINDS: dict[str, str] = {wire: event.KIND for wire, event in TYPES.items() if event.ARCHIVED}
"""Every archived wire type and the kind its entries are kept under."""

OFFSETS = 1 << 48
"""A place on the log is one integer, partition * OFFSETS + offset, so one index walks a partition or the whole log."""

_SAID = b',"id":'
_BODY = b',"body":'


class Entry(NamedTuple):
    """What is kept of one event. `id` is `<card key>/<event id>`; `fields` are what it can be found by."""

    id: str
    body: bytes
    fields: Mapping[str, str | int]


class Contradiction(ValueError):
    """One id came with two contents. Names the ids and shows nothing else."""


class _Carded(TypedDict):
    card: CardKeyText


# Reads a body as JSON from end to end and makes no Python object but the card: half the price of json.loads, or less.
_carded = TypeAdapter(_Carded).validator.validate_json


def entry(envelope: Envelope) -> Entry | SetAside | None:
    """The entry of an event; None if its type is not archived; SetAside when nothing can be kept of it. Total.

    `happened` is its time in UTC with fixed microseconds, so that sorting the text sorts the moments, and its offset,
    so that what happened at one moment (all facts of one cause do) stays in log order: a card is in one partition.
    """
    kind = KINDS.get(envelope.type)
    if kind is None:
        return None
    body, card = envelope.body, envelope.key
    try:
        if _carded(body)["card"] != card:
            return SetAside("key_is_not_the_card")
        if (b"N" in body and b"NaN" in body) or (b"I" in body and b"Infinity" in body):
            from_json(body, allow_inf_nan=False)  # The words may stand in a text; as numbers they are no JSON.
    except ValueError:
        return SetAside("wrong_shape")
    try:
        happened = f"{in_utc(envelope.time)}#{envelope.offset:012d}"
    except OverflowError:
        return SetAside("malformed_headers")
    head = (
        f'{{"partition":{envelope.partition},"offset":{envelope.offset},"known_at":{envelope.time_ms},"kind":"{kind}",'
        f'"key_id":{text(envelope.key_id)},"decided_by":{text(envelope.decided_by)},"id":"{envelope.id}",'
        f'"type":"{envelope.type}","time":"{envelope.time}","subject":{text(envelope.subject)},'
        f'"causation":{text(envelope.causation)},"body":'
    )
    position = envelope.partition * OFFSETS + envelope.offset
    fields: dict[str, str | int] = {"card": card, "kind": kind, "happened": happened, "position": position}
    return Entry(f"{card}/{envelope.id}", b"%b%b}" % (head.encode(), body), fields)


def fold(envelopes: Iterable[Envelope]) -> list[Entry]:
    """The archive of some events, in log order: the first copy of each. Raises Contradiction; leaves out SetAside."""
    first: dict[str, Entry] = {}
    for envelope in envelopes:
        made = entry(envelope)
        if isinstance(made, Entry) and not same(made, first.setdefault(made.id, made).body):
            raise Contradiction(f"{made.id} came again with other content")
    return list(first.values())


def same(made: Entry, stored: bytes) -> bool:
    """Whether a stored entry says what this one says: id, type, time, subject, cause and body, byte for byte."""
    return made.body == stored or said(made.body) == said(stored)


def said(stored: bytes) -> bytes:
    """The part of an entry that every copy of its event agrees in."""
    # An escaped text holds no bare quote, so the first bare `,"id":` is the entry's own.
    return stored[stored.index(_SAID) + 1 : -1]


def digest(stored: bytes) -> str:
    """SHA-256 in hex over what was said."""
    return sha256(said(stored)).hexdigest()


def split(stored: bytes) -> tuple[dict[str, Any], bytes]:
    """An entry's own fields, and the event's body as it was on the log."""
    head, _, rest = stored.partition(_BODY)
    return from_json(head + b"}"), rest[:-1]


def in_utc(time: str) -> str:
    """An RFC 3339 time as UTC text of fixed length. ValueError for none; OverflowError in the first and last hours of
    the calendar."""
    at = moment(time)
    if time[-6:] == "+08:00" and time[11:13] >= "08":
        # As nearly every edge writes it, and nothing but the hour changes.
        return f"{time[:11]}{int(time[11:13]) - 8:02d}{time[13:19]}.{time[20:-6]:0<6}Z"
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
