"""The headers of a record: CloudEvents 1.0 in Kafka binary mode, and what this platform adds."""

from __future__ import annotations

from re import Pattern
from typing import Any, NamedTuple

from shared.envelope import FIXED, NEEDED, PRINTABLE, TIME, TRACE, UUID


class Header(NamedTuple):
    """A header, which events have it ("every event", "requests", "facts", or with "may"), its words and its schema."""

    name: str
    on: str
    words: str
    schema: dict[str, Any]


def _text(pattern: Pattern[str] | str) -> dict[str, Any]:
    text = pattern if isinstance(pattern, str) else pattern.pattern.removesuffix(r"\Z")
    return {"type": "string", "pattern": f"^{text}$"}


_FIXED = {name: {"type": "string", "const": value.decode()} for name, value in FIXED}

HEADERS = (
    Header("content-type", "every event", "the body's media type, always `application/json`", _FIXED["content-type"]),
    Header("ce_specversion", "every event", "CloudEvents' version, always `1.0`", _FIXED["ce_specversion"]),
    Header(
        "ce_id",
        "every event",
        "the event's id, unique under its key. A request's is a UUIDv7 made with it; a fact's is a UUIDv5 that "
        "follows from its cause, so that saying it again gives the same id",
        _text(UUID),
    ),
    Header("ce_type", "every event", "the type: the names on this page", _text(PRINTABLE)),
    Header(
        "ce_time",
        "every event",
        "when it happened, at the edge, RFC 3339 with its offset; a fact has its cause's time",
        _text(TIME),
    ),
    Header("ce_source", "every event", "who said it: a terminal, or a service", _text(PRINTABLE)),
    Header("ce_subject", "may be on every event", "the visit's id, of what concerns one", _text(UUID)),
    Header("ce_keyid", "may be on every event", "which pseudonym key made the card key", _text("[a-z0-9-]{1,16}")),
    Header(
        "ce_causationid", "facts", "the id of the event this one answers, or of what a deadline is about", _text(UUID)
    ),
    Header(
        "ce_decidedby",
        "facts, and requests that intake admitted",
        "the service that decided, and its version; the one header that may differ when history is decided again",
        _text(PRINTABLE),
    ),
    Header(
        "ce_terminalsig",
        "requests",
        "the terminal's signature: HMAC-SM3 under its own key over id, type, time, record key and body, in hex",
        _text("[0-9a-f]{64}"),
    ),
    Header("traceparent", "may be on every event", "W3C trace context; its trace id is the visit's id", _text(TRACE)),
)

ALWAYS = frozenset({"content-type", "ce_specversion", *NEEDED})
"""Without these a record is no event, and is set aside."""


def schema(*, of: str) -> dict[str, Any]:
    """The JSON schema of the headers of "requests" or "facts"."""
    having = [header for header in HEADERS if "every event" in header.on or of in header.on]
    needed = [header.name for header in having if header.on in ("every event", of)]
    properties = {header.name: {**header.schema, "description": header.words} for header in having}
    return {"type": "object", "required": sorted(ALWAYS.union(needed)), "properties": properties}
