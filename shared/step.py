"""One event and one stream: the pure heart of the runtime. Heard, held, deadlines, irregular acts.

`step(service, stream, envelope, event, reference)` never touches anything: the runtime saves the stream it returns
and publishes what it says; rebuild, recompute and the laws run the same function.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Generic, TypeGuard, TypeVar

from shared import heard
from shared.decider import Admit, Deadline, Hold, Overdue, Service, frame
from shared.envelope import Envelope, at_ms
from shared.events import AnyEvent, Request, wire_type
from shared.events.base import Where
from shared.events.edge import AnyIrregularityResolutionReported
from shared.events.frames import frame_type, topic_of
from shared.events.runtime import AnyDeadlinePassed, AnyIrregularityResolved, AnyRequestHeld, kind_for
from shared.reference import Reference
from shared.unchanging import unchanging

S = TypeVar("S")

MOST_HELD = 8
MOST_HELD_BYTES = 1024 * 1024
HELD = "held"


@unchanging
class Held:
    """A request that waits: for which code now, which codes were said, until when, and how many facts it has had."""

    envelope: Envelope
    event: Request
    code: str
    codes: tuple[str, ...]
    due_ms: int
    said: int


@unchanging
class Timer:
    """A deadline a decider asked for: what it is about, the event that brought it about, and (`frame`) where."""

    due_ms: int
    why: str
    about: str
    cause: str
    frame: AnyEvent


@unchanging
class Stream(Generic[S]):
    """Everything one stream remembers."""

    state: S
    heard: bytes = b""
    held: tuple[Held, ...] = ()
    timers: tuple[Timer, ...] = ()
    irregular: tuple[str, ...] = ()

    def due_ms(self) -> int | None:
        """When the next deadline is over, in milliseconds since the epoch."""
        due = [wait.due_ms for wait in self.held] + [timer.due_ms for timer in self.timers]
        return min(due, default=None)


class SameIdOtherBytes(Exception):
    """An id this stream heard has come again with other bytes; one of the two is not what it says."""


class DeciderBroken(Exception):
    """A decider broke its contract (held an overdue request, said another's fact). A bug: the stream is parked."""


def step(
    service: Service[S], stream: Stream[S], envelope: Envelope, event: AnyEvent, reference: Reference
) -> tuple[Stream[S], list[Envelope]]:
    """The stream after an event, and what it says, in order. The same stream object when the event was heard before."""
    digest = heard.digest(envelope)
    known = heard.find(stream.heard, envelope.id)
    if known is not None:
        if known != digest:
            raise SameIdOtherBytes
        return stream, []
    work = _Work(service, stream, reference, envelope)
    if isinstance(event, AnyDeadlinePassed):
        work.pass_deadline(envelope, event)
    else:
        before = work.state
        work.offer(envelope, event)
        work.offer_held_again(before)
    return work.stream(heard.add(stream.heard, envelope.id, digest, service.keeps_heard)), work.said


def deadlines(service: Service[S], stream: Stream[S], key: str, name: str, now_ms: int) -> list[Envelope]:
    """The deadline-passed events due by now. Their ids follow from what they are about: twice is harmless."""
    timers = [Timer(wait.due_ms, HELD, wait.envelope.id, wait.envelope.id, wait.event) for wait in stream.held]
    return [
        _deadline_passed(service, key, name, timer)
        for timer in sorted((*timers, *stream.timers), key=lambda timer: (timer.due_ms, timer.about))
        if timer.due_ms <= now_ms
    ]


class _Work(Generic[S]):
    """The moving parts while one event is stepped."""

    def __init__(self, service: Service[S], stream: Stream[S], reference: Reference, now: Envelope) -> None:
        self.service, self.reference, self.now = service, reference, now
        self.state, self.held, self.timers = stream.state, list(stream.held), list(stream.timers)
        self.irregular, self.irregular_before = list(stream.irregular), list(stream.irregular)
        self.said: list[Envelope] = []

    def stream(self, heard: bytes) -> Stream[S]:
        return Stream(self.state, heard, tuple(self.held), tuple(self.timers), tuple(self.irregular))

    def offer(self, envelope: Envelope, event: AnyEvent) -> None:
        """Hear an event: decide, then evolve over it and over what was said."""
        decision = self._decide(event)
        if not self._resolves(event):
            self.state = self.service.evolve(self.state, event)
        if isinstance(decision, Hold):
            self._hold(envelope, event, decision)
        else:
            self._say(envelope, event, decision, 0)

    def offer_held_again(self, before: S) -> None:
        """While the state changes, offer the held requests again, oldest first, to a fixpoint."""
        changed = self.state is not before or self.irregular != self.irregular_before
        while changed and self.held:
            # What is said with a hold may change the state too, and so answer a request that waited before it.
            before, changed = self.state, False
            for place, wait in enumerate(self.held):
                decision = self._decide(wait.event)
                if isinstance(decision, Hold):
                    self.held[place] = self._say_hold(wait, decision)
                    continue
                del self.held[place]
                self._say(wait.envelope, wait.event, decision, wait.said)
                changed = True
                break
            changed = changed or self.state is not before

    def pass_deadline(self, envelope: Envelope, event: AnyDeadlinePassed) -> None:
        due_ms, before = round(event.due.timestamp() * 1000), self.state
        for place, wait in enumerate(self.held):
            if event.why == HELD and wait.envelope.id == event.about and wait.due_ms == due_ms:
                del self.held[place]
                self._say(wait.envelope, wait.event, self._overdue(wait.event, wait.code), wait.said)
                break
        for timer in self.timers:
            if (timer.why, timer.about, timer.due_ms) == (event.why, event.about, due_ms):
                self.timers.remove(timer)
                self.offer(envelope, event)
                break
        self.offer_held_again(before)

    def _decide(self, event: AnyEvent) -> Hold | Sequence[Any]:
        if self._resolves(event):
            if event.irregularity not in self.irregular:
                return Hold("irregularity_not_seen", "done")
            self.irregular.remove(event.irregularity)
            return (_resolved(event, True),)
        return self.service.decide(self.state, event, self.reference)

    def _overdue(self, event: Request, code: str) -> Sequence[Any]:
        if self._resolves(event):
            return (_resolved(event, False),)
        decision = self.service.decide(self.state, Overdue(event, code), self.reference)
        if isinstance(decision, Hold):
            raise DeciderBroken("an overdue request was held again")
        return decision

    def _resolves(self, event: AnyEvent) -> TypeGuard[AnyIrregularityResolutionReported]:
        """Whether it reports how an irregular act of this very service was set right: the runtime's own business."""
        own = isinstance(event, AnyIrregularityResolutionReported) and event.service == self.service.name
        return own and bool(self.service.says)

    def _hold(self, envelope: Envelope, event: AnyEvent, hold: Hold) -> None:
        if not isinstance(event, Request):
            raise DeciderBroken("only a request can be held")
        size = len(envelope.body) + sum(len(wait.envelope.body) for wait in self.held)
        if len(self.held) >= MOST_HELD or size > MOST_HELD_BYTES:
            self._say(envelope, event, self._overdue(event, hold.code), 0)
            return
        span = self.reference.span(hold.until, envelope.log_time)
        due_ms = envelope.time_ms + round(span.total_seconds() * 1000)
        self.held.append(self._say_hold(Held(_as_said(envelope, envelope.time_ms), event, "", (), due_ms, 0), hold))

    def _say_hold(self, wait: Held, hold: Hold) -> Held:
        if hold.code in wait.codes:
            return wait if hold.code == wait.code else replace(wait, code=hold.code)
        until = at_ms(wait.due_ms)
        held = kind_for(AnyRequestHeld, wait.event)(
            **frame(wait.event), request=wait.envelope.id, request_type=wait.envelope.type, code=hold.code, until=until
        )
        self._say(wait.envelope, wait.event, (held, *hold.says), wait.said)
        said = wait.said + 1 + len(hold.says)
        return replace(wait, code=hold.code, codes=(*wait.codes, hold.code), said=said)

    def _say(self, cause: Envelope, event: AnyEvent, decision: Sequence[Any], n: int) -> None:
        for fact in decision:
            if isinstance(fact, Deadline):
                span = self.reference.span(fact.span, self.now.log_time)
                due_ms = self.now.time_ms + round(span.total_seconds() * 1000)
                timer = Timer(due_ms, fact.why, fact.about, cause.id, frame_type(event)(**frame(event)))
                # Asked for twice, it is one deadline: both would be said under one id, and one would never be heard.
                if timer not in self.timers:
                    self.timers.append(timer)
                continue
            if isinstance(fact, Admit):
                self.said.append(self._admitted(cause, event))
                continue
            self.said.append(fact_of(self.service, cause, fact, n))
            n += 1
            if fact.IRREGULAR and cause.id not in self.irregular:
                self.irregular.append(cause.id)
            self.state = self.service.evolve(self.state, fact)

    def _admitted(self, request: Envelope, event: AnyEvent) -> Envelope:
        """The request, same id, same bytes. Its source is what was proven, not what its header says."""
        return _as_said(request)._replace(
            topic=topic_of(event), decided_by=self._name(), source=request_source(event.where)
        )

    def _name(self) -> str:
        return f"{self.service.name}/{self.service.version}"


def fact_of(service: Service[Any], cause: Envelope, fact: AnyEvent, n: int) -> Envelope:
    """The n-th fact that a stream of this service says for a cause, as it goes on the log."""
    name = wire_type(fact.__class__, service.name)
    if fact.SAID_BY not in (service.name, "{service}"):
        raise DeciderBroken(f"{service.name} may not say {name}")
    return Envelope(
        id=fact_id(cause.id, cause.key, service.name, n),
        type=name,
        time=cause.time,
        key=fact.key,
        body=fact.model_dump_json(exclude_none=True).encode(),
        source=f"onecard/{service.name}",
        subject=fact.subject,
        causation=cause.id,
        key_id=cause.key_id,
        decided_by=f"{service.name}/{service.version}",
        topic=topic_of(fact),
    )


def fact_id(cause: str, key: str, service: str, n: int) -> str:
    """uuid5(cause, record key, service, n): n counts all facts the stream ever said for that cause."""
    name = heard.sixteen(cause) + f"{key}/{service}/{n}".encode()
    made = bytearray(hashlib.sha1(name, usedforsecurity=False).digest())
    made[6] = made[6] & 0x0F | 0x50  # RFC 9562, 5.5; the standard library's uuid5 gives the same in thrice the time.
    made[8] = made[8] & 0x3F | 0x80
    text = made.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"


def request_source(where: Where) -> str:
    """`ce_source` of every request on the log: the terminal its body names, which signed it."""
    return f"onecard/{where.channel}/{where.terminal}"


def _as_said(envelope: Envelope, time_ms: int = 0) -> Envelope:
    """The envelope without the place it was read at and its trace: as a document keeps it."""
    return envelope._replace(partition=-1, offset=-1, time_ms=time_ms, trace="")


def _resolved(event: AnyIrregularityResolutionReported, found: bool) -> AnyIrregularityResolved:
    return kind_for(AnyIrregularityResolved, event)(
        **frame(event), irregularity=event.irregularity, resolution=event.resolution, found=found
    )


def _deadline_passed(service: Service[Any], key: str, stream: str, timer: Timer) -> Envelope:
    due = at_ms(timer.due_ms)
    said = kind_for(AnyDeadlinePassed, timer.frame)
    fact = said(**frame(timer.frame), stream=stream, due=due, why=timer.why, about=timer.about)
    name = f"{key}/{service.name}/{stream}/{timer.due_ms}/{timer.why}"
    return Envelope(
        id=str(uuid.uuid5(uuid.UUID(timer.about), name)),
        type=wire_type(said, service.name),
        time=due.isoformat(timespec="milliseconds"),
        key=key,
        body=fact.model_dump_json(exclude_none=True).encode(),
        source=f"onecard/{service.name}",
        subject=fact.subject,
        causation=timer.cause,
        decided_by=f"{service.name}/{service.version}",
        topic=topic_of(fact),
    )
