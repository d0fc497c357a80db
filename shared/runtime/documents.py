"""One stream, one document: state, heard, held, deadlines, parked pointers and outbox, saved together.

The names in the JSON are the storage format: version with care.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from shared.decider import Service
from shared.envelope import Envelope
from shared.events import TYPES, Request
from shared.events.frames import read_frame
from shared.runtime.store import Collection, Document, Index
from shared.step import Held, Stream, Timer
from shared.unchanging import unchanging

S = TypeVar("S")

STREAMS = "streams"
NEVER = 1 << 62


class Pointer(NamedTuple):
    """A record that waits because its stream is parked: where it is on the log, and never what it says. With a reason
    it is to be given up, and by whom."""

    topic: str
    partition: int
    offset: int
    id: str
    digest: str
    cause: str
    reason: str = ""
    operator: str = ""


class Waiting(NamedTuple):
    """An outbox entry: a fact, and the record whose handling said it."""

    partition: int
    offset: int
    envelope: Envelope


@unchanging
class Kept(Generic[S]):
    """Everything one document holds. `partition` is the one its owner reads, by its number among all (`home`)."""

    key: str
    name: str
    partition: int
    stream: Stream[S]
    version: int = 0
    outbox: tuple[Waiting, ...] = ()
    parked: tuple[Pointer, ...] = ()
    replaying: bool = False

    @property
    def id(self) -> str:
        return f"{self.key}/{self.name}"

    def saved(self) -> Kept[S]:
        """The same, one version on."""
        return Kept(
            self.key, self.name, self.partition, self.stream, self.version + 1, self.outbox, self.parked, self.replaying
        )

    def pruned(self, below: Mapping[int, int]) -> Kept[S]:
        """Without what records below these offsets of their partitions said: it is acknowledged. A parked one stays."""
        if not self.outbox:
            return self
        parked = {(pointer.partition, pointer.offset) for pointer in self.parked}
        outbox = tuple(
            entry for entry in self.outbox if entry.offset >= below.get(entry.partition, 0) or entry[:2] in parked
        )
        return Kept(self.key, self.name, self.partition, self.stream, self.version, outbox, self.parked, self.replaying)


def collection(service: Service[Any]) -> Collection:
    """The one collection of a service, with the indexes the runtime needs and those the service declares."""
    own = tuple(Index(fields[0], fields) for fields in service.indexes)
    return Collection(
        STREAMS,
        (Index("due", ("partition", "due")), Index("parked", ("parked",)), Index("replay", ("replay",)), *own),
    )


def encode(service: Service[S], kept: Kept[S], token: str) -> Document:
    """The document of a stream, one version on."""
    stream = kept.stream
    state = _adapter(service).dump_json(stream.state)
    outbox = [(entry.partition, entry.offset, *_envelope_out(entry.envelope)) for entry in kept.outbox]
    known = b'{"state":%b,"heard":"%b","outbox":%b,"partition":%d,' % (
        state, base64.b64encode(stream.heard), to_json(outbox) if outbox else b"[]", kept.partition,
    )  # fmt: skip
    body = known + (_AT_REST if _is_at_rest(kept) else to_json(_unrest(kept))[1:])
    due = stream.due_ms()
    index: dict[str, str | int | None] = dict(service.index(stream.state)) if service.index else {}
    # Every document is in the index of deadlines, those without one at its far end: so all can be gone through.
    # So are parked ones: their deadlines wait with them, and may not fill the page of what is due.
    index |= {"partition": kept.partition, "due": NEVER if due is None or kept.parked else due}
    if kept.parked:
        index |= {"parked": 1, "replay": kept.partition if kept.replaying else None}
    return Document(kept.id, kept.version + 1, body, index, token)


_AT_REST = b'"held":[],"timers":[],"irregular":[],"parked":[],"replaying":false}'


def _is_at_rest(kept: Kept[Any]) -> bool:
    """As nearly every document is: nothing in it waits for anything."""
    stream = kept.stream
    return not (stream.held or stream.timers or stream.irregular or kept.parked or kept.replaying)


def _unrest(kept: Kept[Any]) -> dict[str, Any]:
    stream = kept.stream
    return {
        "held": [_held_out(wait) for wait in stream.held],
        "timers": [(t.due_ms, t.why, t.about, t.cause, t.frame.model_dump(mode="json")) for t in stream.timers],
        "irregular": stream.irregular,
        "parked": kept.parked,
        "replaying": kept.replaying,
    }


def fresh(service: Service[S], id: str, partition: int) -> Kept[S]:
    """A stream nothing has happened to yet."""
    key, _, name = id.partition("/")
    return Kept(key, name, partition, Stream(service.initial))


def decode(service: Service[S], document: Document) -> Kept[S]:
    """What a stored document holds."""
    key, _, name = document.id.partition("/")
    body = from_json(document.body)
    state = _adapter(service).validate_python(body["state"])
    stream = Stream(
        state,
        base64.b64decode(body["heard"]),
        tuple(_held_in(wait) for wait in body["held"]),
        tuple(_timer_in(key, timer) for timer in body["timers"]),
        tuple(body["irregular"]),
    )
    outbox = tuple(Waiting(entry[0], entry[1], _envelope_in(entry[2:])) for entry in body["outbox"])
    parked = tuple(Pointer(*pointer) for pointer in body["parked"])
    return Kept(key, name, body["partition"], stream, document.version, outbox, parked, body["replaying"])


def state_of(service: Service[S], document: Document) -> S:
    """Only the state of a stored document, for views that read it."""
    body = from_json(document.body)
    return _adapter(service).validate_python(body["state"])


def _adapter(service: Service[S]) -> TypeAdapter[S]:
    kind = type(service.initial)
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _timer_in(key: str, cells: list[Any]) -> Timer:
    due_ms, why, about, cause, frame = cells
    return Timer(due_ms, why, about, cause, read_frame(key, to_json(frame)))


def _envelope_out(envelope: Envelope) -> tuple[str, ...]:
    """Its cells; a trace is kept only where nothing else could tell it."""
    cells = (
        envelope.id, envelope.type, envelope.time, envelope.key, envelope.body.decode(), envelope.subject,
        envelope.causation, envelope.key_id, envelope.decided_by, envelope.signature, envelope.topic, envelope.source,
    )  # fmt: skip
    return (*cells, envelope.trace) if envelope.trace else cells


def _envelope_in(cells: list[str]) -> Envelope:
    id, type, time, key, body, subject, causation, key_id, decided_by, signature, topic, source, *trace = cells
    return Envelope(
        id, type, time, key, body.encode(), source, subject, causation, key_id, decided_by, signature,
        trace[0] if trace else "", topic,
    )  # fmt: skip


def _held_out(wait: Held) -> tuple[Any, ...]:
    return (wait.code, wait.codes, wait.due_ms, wait.said, wait.envelope.time_ms, *_envelope_out(wait.envelope))


def _held_in(cells: list[Any]) -> Held:
    code, codes, due_ms, said, time_ms, *rest = cells
    envelope = _envelope_in(rest)._replace(time_ms=time_ms)
    event = TYPES[envelope.type].model_validate_json(envelope.body)
    if not isinstance(event, Request):
        raise TypeError(f"a held {envelope.type} is not a request")
    event.known(envelope.id, envelope.happened, envelope.log_time, envelope.causation)
    return Held(envelope, event, code, tuple(codes), due_ms, said)
