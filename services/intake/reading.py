"""What of a record on the request topic is a proven request, and the cause to set it aside when it is none.

Nothing unproven may become a fact: a refusal keyed on an unproven card would let anyone write into a stranger's
archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from json import loads
from typing import Any, Final

from pydantic import SkipValidation

from shared.decider import SetAside
from shared.envelope import KNOWN_AGAIN, Envelope, moment, to_ms
from shared.events import REQUESTS, AnyEvent, CardEvent, Event, QueueEvent, Request
from shared.events.frames import frame, frame_type, read_frame
from shared.personal import looks_personal
from shared.reference import Reference, Terminal
from shared.signature import terminal_key, verify_request

MOST_BYTES: Final = 256 * 1024
DAY_MS: Final = 86_400_000
OLDEST_MS: Final = 90 * DAY_MS
SHORTEST_SECRET: Final = 16
SHANGHAI_MS: Final = 8 * 3_600_000
EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
KEY_ID: Final = re.compile(r"[a-z0-9-]{0,16}\Z")
VERSION: Final = re.compile(r"v[1-9][0-9]{0,3}\Z")
ID_OR_CARD: Final = re.compile(rb'"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{64})"')
NAMES: Final = frozenset(name.rpartition(".")[0] for name in REQUESTS)


class AnyAsked(AnyEvent):
    """A proven request inside the event intake decides on, so that the request itself means nothing to the runtime.

    In milliseconds since the epoch, `made_ms` is the time inside its id, `happened_ms` its `ce_time` and `at_ms` its
    log time. `terminal` signed it. `personal`: some text of the body, also of fields no type knows, looks like a
    person's number. The values come from a request that was validated already, so they are not validated again.
    """

    request: SkipValidation[Request]
    terminal: SkipValidation[Terminal]
    made_ms: SkipValidation[int]
    happened_ms: SkipValidation[int]
    at_ms: SkipValidation[int]
    personal: SkipValidation[bool]


class Asked(AnyAsked, Event):
    """A request within a visit."""


class CardAsked(AnyAsked, CardEvent):
    """A request about a card."""


class QueueAsked(AnyAsked, QueueEvent):
    """A request about a queue or ward."""


ASKED: Final[Mapping[type[AnyEvent], type[Any]]] = {Event: Asked, CardEvent: CardAsked, QueueEvent: QueueAsked}


def read(envelope: Envelope, types: Mapping[str, type[AnyEvent]], reference: Reference) -> AnyEvent | SetAside:
    """Every verdict that needs no memory, the first that holds. Total."""
    # What costs time is done for nobody unproven: the size comes before the body, the signature before its text.
    if len(envelope.body) > MOST_BYTES:
        return SetAside("too_large")
    if envelope.causation or not KEY_ID.match(envelope.key_id) or looks_personal(envelope.key_id):
        return SetAside("malformed_headers")
    try:
        if kind := types.get(envelope.type):
            return _proven(envelope, kind.model_validate_json(envelope.body), reference)
        return _proven(envelope, read_frame(envelope.key, envelope.body), reference)
    except ValueError:
        return SetAside("wrong_shape")


def _proven(envelope: Envelope, event: AnyEvent, reference: Reference) -> AnyEvent | SetAside:
    """The same for a body of the right shape. ValueError when it holds text, in fields of no type, that is no JSON."""
    if isinstance(event, Request | Event) and envelope.subject != event.subject:
        return SetAside("wrong_shape")
    if envelope.key != event.key:
        return SetAside(f"key_is_not_the_{event.KEYED_ON}")
    terminal = reference.terminals.at(event.where.terminal, shanghai_day(envelope.time_ms))
    if terminal is None:
        return SetAside("unknown_terminal")
    if unproven := _unproven(envelope, terminal, reference.terminal_secret):
        return SetAside(unproven)
    if not isinstance(event, Request):
        return SetAside(_unknown(envelope.type))
    if envelope.id[14] != "7":
        return SetAside("not_a_uuid7")
    made_ms = id_ms(envelope.id)
    if made_ms < envelope.time_ms - OLDEST_MS:
        return SetAside("id_too_old")
    asked: AnyAsked = ASKED[frame_type(event)](
        **frame(event),
        request=event,
        terminal=terminal,
        made_ms=made_ms,
        happened_ms=_moment_ms(envelope.time),
        at_ms=envelope.time_ms,
        personal=mentions_a_person(envelope.body),
    )
    return asked.known(envelope.id, envelope.happened, envelope.log_time, envelope.causation)


def id_ms(id: str) -> int:
    """The milliseconds since the epoch inside a UUIDv7 (RFC 9562, 5.7)."""
    return int(id[:8] + id[9:13], 16)


def shanghai_day(ms: int) -> date:
    """The Shanghai day of milliseconds since the epoch; the last one there is for a time beyond all days."""
    return _day((ms + SHANGHAI_MS) // DAY_MS)


def mentions_a_person(body: bytes) -> bool:
    """Whether any string, key or number of a JSON body looks personal. ValueError when it is not UTF-8 JSON.

    Digits never run on over a quote or a comma, so without escapes the text as it stands answers no for all its
    strings at once; only what it does not answer so is taken apart, doubled keys and all. Ids and cards, which no
    person's number looks like, are taken out first: they are most of the digits.
    """
    text = ID_OR_CARD.sub(b'""', body).decode()
    if "\\" not in text and not looks_personal(text):
        return False
    # A line end parts numbers, so one look at all of them is as good as one at each.
    return looks_personal("\n".join(_texts(loads(text, object_pairs_hook=list))))


def _texts(value: Any) -> Iterator[str]:
    """Every text, key and number in it, in no order, and each met once, however deep it lies."""
    left = [value]
    while left:
        match left.pop():
            case str() as found:
                yield found
            # An amount is money, however many digits it has. Only a field is a tuple.
            case tuple() as field if field[0] == "amount" and isinstance(field[1], int):
                continue
            case int() as number:
                yield str(number)
            case list() | tuple() as parts:
                left.extend(parts)


def _unproven(envelope: Envelope, terminal: Terminal, secret: bytes) -> str | None:
    if not envelope.signature:
        return "signature_missing"
    if len(secret) < SHORTEST_SECRET:
        return "no_terminal_secret"
    proven = verify_request(
        _key(secret, terminal.code),
        envelope.signature,
        id=envelope.id,
        type=envelope.type,
        time=envelope.time,
        key_=envelope.key,
        body=envelope.body,
    )
    return None if proven else "signature_wrong"


def _unknown(type: str) -> str:
    name, _, version = type.rpartition(".")
    return "unknown_version" if name in NAMES and VERSION.match(version) else "unknown_type"


@lru_cache(maxsize=16384)
def _key(secret: bytes, terminal: str) -> bytes:
    return terminal_key(secret, terminal)


@lru_cache(maxsize=KNOWN_AGAIN)
def _moment_ms(text: str) -> int:
    return to_ms(moment(text))


@lru_cache(maxsize=1024)
def _day(number: int) -> date:
    return date.fromordinal(min(EPOCH_DAY + number, date.max.toordinal()))
