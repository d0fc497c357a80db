"""How entries and reads look to a reader. The models are the documentation of what the functions write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NotRequired

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from services.records.archive import digest, split
from services.records.queries import Page
from shared.envelope import at_ms
from shared.events import TYPES, rules
from shared.events.billing import BillSettled
from shared.events.codes import words
from shared.runtime.store import Document

CARD = "3f" * 32
EVENT = "0193e5c0-6f3a-7c1e-9b52-4d0a8e6f1c23"
_ENTRY: dict[str, Any] = {
    "id": "5b1d7c9e-2f04-5a38-8e61-c7d2f90b4a16",
    "kind": "refusal",
    "type": "onecard.lab.cancellation-refused.v1",
    "happened": "2026-11-24T09:30:00+08:00",
    "known_at": "2026-11-24T09:30:01.250+08:00",
    "visit": EVENT,
    "refused": True,
    "irregular": False,
    "rules": None,
    "reason": {"code": "already_collected", "zh": words("already_collected")[0], "en": words("already_collected")[1]},
    "cause": EVENT,
    "decided_by": "lab/1",
    "body": {"card": CARD, "order": EVENT, "code": "already_collected"},
}
_READ: dict[str, Any] = {
    "at": "2026-11-24T01:30:00.000000Z",
    "reader": "ward-3",
    "what": "archive",
    "event": None,
    "status": 200,
}
LINE = json.dumps({"card": CARD, "digest": "a7" * 32, "partition": 0, "offset": 2000, "id": EVENT, "kind": "use"})


class ReasonShown(BaseModel):
    """A code, and how it reads."""

    code: str
    zh: str
    en: str


class RuleShown(BaseModel):
    """A rule that a bill's lines name in their `why`, and how it reads."""

    rule: str
    zh: str
    en: str


class EntryShown(BaseModel):
    """One archived event. `happened` is as the edge reported it; `known_at` is when it got on the log."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})
    id: str
    kind: str
    type: str
    happened: str = Field(description="RFC 3339, with the offset it was reported with")
    known_at: str = Field(description="RFC 3339, Shanghai time, milliseconds")
    visit: str | None
    refused: bool
    irregular: bool
    reason: ReasonShown | None = Field(description="With a refusal or an irregular act: why")
    rules: list[RuleShown] | None = Field(description="With a bill: the rules its lines were split by, each once")
    cause: str | None = Field(description="The id of the event that this one answers")
    decided_by: str | None = Field(description="The service and version that decided it")
    body: dict[str, Any] = Field(description="The event's own body, byte for byte as it is on the log")


class ArchiveShown(BaseModel):
    """A page of one card's archive, by when it happened. `next` is the cursor of the page after, if there is one.
    `cards` are all it is read from: the card, and those merged with it; an entry's body names its own."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"card": CARD, "cards": [CARD], "entries": [_ENTRY], "next": None}]}
    )
    card: str
    cards: list[str]
    entries: list[EntryShown]
    next: str | None


class ReadShown(BaseModel):
    """One read or attempt: when, by whom, of what, and the HTTP status it was answered with."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READ]})
    at: str
    reader: str
    what: str
    event: str | None
    status: int


class ReadsShown(BaseModel):
    """Who read one card, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"card": CARD, "reads": [_READ], "next": None}]})
    card: str
    reads: list[ReadShown]
    next: str | None


class DigestShown(BaseModel):
    """SHA-256 in hex over `id LF body LF` of all entries in log order, and how many there are."""

    sha256: str = Field(examples=["a7" * 32])
    entries: int = Field(examples=[48211])


class _Coded(TypedDict):
    code: NotRequired[str]


class _RuleOf(TypedDict):
    rule: str


class _LineOf(TypedDict):
    why: NotRequired[list[_RuleOf] | None]


class _BillOf(TypedDict):
    lines: NotRequired[list[_LineOf]]


_bill = TypeAdapter(_BillOf).validator.validate_json
_coded = TypeAdapter(_Coded).validator.validate_json
_WHY = ("refusal", "irregular")
_CODED = {wire for wire, event in TYPES.items() if event.KIND in _WHY and "code" in event.model_fields}


def entry(document: Document) -> bytes:
    """An EntryShown as JSON, around the event's own bytes."""
    head, body = split(document.body)
    code = _coded(body).get("code") if head["type"] in _CODED else None
    zh, en = words(code) if code is not None else ("", "")
    event = TYPES.get(head["type"])
    around = {
        "id": head["id"],
        "kind": head["kind"],
        "type": head["type"],
        "happened": head["time"],
        "known_at": at_ms(head["known_at"]).isoformat(timespec="milliseconds"),
        "visit": head["subject"] or None,
        "refused": head["kind"] == "refusal",
        "irregular": event is not None and event.IRREGULAR,
        "reason": None if code is None else {"code": code, "zh": zh, "en": en},
        "rules": _rules(body) if head["type"] == BillSettled.TYPE else None,
        "cause": head["causation"] or None,
        "decided_by": head["decided_by"] or None,
    }
    return b'%b,"body":%b}' % (_json(around)[:-1], body)


def _rules(bill: bytes) -> list[dict[str, str]]:
    """The rules of a bill's lines in words, each once, in the order they were applied."""
    named = {one["rule"]: None for line in _bill(bill).get("lines", ()) for one in line.get("why") or ()}
    return [{"rule": rule, "zh": rules.words(rule)[0], "en": rules.words(rule)[1]} for rule in named]


def archive(cards: Sequence[str], items: list[bytes], shown: Page) -> bytes:
    """A page of entries, which are JSON already, of the first of these cards and all merged with it."""
    known = b'{"card":%b,"cards":%b' % (_json(cards[0]), _json(list(cards)))
    return b'%b,"entries":[%b],"next":%b}' % (known, b",".join(items), _json(shown.next))


def page(name: str, card: str, items: list[bytes], shown: Page) -> bytes:
    """A page of items that are JSON already."""
    return b'{"card":%b,"%b":[%b],"next":%b}' % (_json(card), name.encode(), b",".join(items), _json(shown.next))


def line(document: Document) -> bytes:
    """What `onecard check` compares, as a line of NDJSON: place, card, id, kind and the digest of what was said."""
    head, _ = split(document.body)
    names = ("partition", "offset", "id", "kind")
    shown = {"card": document.index["card"], "digest": digest(document.body)} | {name: head[name] for name in names}
    return _json(shown) + b"\n"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
