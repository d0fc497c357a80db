"""What a service is: a name, what it hears and says, and two pure functions.

`decide(state, event, reference)` answers an event with facts, or holds it; `evolve(state, event)` is the state
after an event or a fact. Both are total, and know no clock, no randomness and no I/O. Everything else (batches,
stores, offsets, waiting, deadlines, crashes) is the one runtime all services share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from shared.envelope import Envelope
from shared.events import AnyEvent, Event, Request, wire_type
from shared.events.base import TOPICS
from shared.events.frames import frame, frame_type, topic_of
from shared.events.runtime import AnyDeadlinePassed, kinds
from shared.reference import Reference, Span
from shared.unchanging import unchanging

__all__ = [
    "NOTHING", "Admit", "Deadline", "Decision", "Hold", "Input", "Overdue", "Service", "SetAside", "by_card",
    "by_queue", "by_visit", "by_year", "frame", "read_event",
]  # fmt: skip

S = TypeVar("S")


@unchanging
class Hold:
    """What this request needs may still come: keep it, offer it again when the state changes, and once more, as
    Overdue, when the span is over. `says` are facts to say with the hold, once per code."""

    code: str
    until: Span
    says: tuple[AnyEvent, ...] = ()


@unchanging
class Overdue:
    """A held request whose span is over (or that can't be kept any more), with the code it was held for.

    An ask is now refused with that code; a done act is recorded as irregular with it. Never held again.
    """

    request: Request
    code: str


@unchanging
class Deadline:
    """Among facts: let me hear DeadlinePassed(why, about) when `span` is over, counted from this event's log time."""

    why: str
    about: str
    span: Span


@unchanging
class Admit:
    """Intake's answer to a proven request: say the same request, same id, same bytes, on the log."""


@unchanging
class SetAside:
    """A record kept for people, with its cause and no values: not proven, or nobody's fault yet."""

    cause: str


Input = AnyEvent | Overdue
Decision = Hold | Sequence[AnyEvent | Deadline | Admit]
NOTHING: tuple[()] = ()


def read_event(envelope: Envelope, types: Mapping[str, type[AnyEvent]], reference: Reference) -> AnyEvent | SetAside:
    """The event in an envelope whose type is among `types`; SetAside when its body is not one. Total."""
    try:
        event = types[envelope.type].model_validate_json(envelope.body)
    except ValueError:
        return SetAside("wrong_shape")
    if event.key != envelope.key:
        return SetAside(f"key_is_not_the_{event.KEYED_ON}")
    return event.known(envelope.id, envelope.happened, envelope.log_time, envelope.causation)


@dataclass(frozen=True)
class Service(Generic[S]):
    """One step of the visit. `stream` names the stream, within what the record is keyed on, that an event belongs to.

    `index` gives the fields a view's documents can be found by. A service that `admits` reads every record, also
    those of no type it knows, and sets aside what `read` does not take for an event. `keeps_heard` is how many ids a
    stream remembers (None: all). `source` is the topic it reads; a view, which says nothing, may read several
    `sources`. What it says is on the topic of its key; with an `edge` of its own it writes signed requests too.
    """

    name: str
    hears: tuple[type[AnyEvent], ...]
    says: tuple[type[AnyEvent], ...]
    stream: Callable[[Any], str]
    initial: S
    decide: Callable[[S, Any, Reference], Decision]
    evolve: Callable[[S, Any], S]
    index: Callable[[S], Mapping[str, str | int | None]] | None = None
    indexes: tuple[tuple[str, ...], ...] = ()
    read: Callable[[Envelope, Mapping[str, type[AnyEvent]], Reference], AnyEvent | SetAside] = read_event
    admits: bool = False
    edge: bool = False
    keeps_heard: int | None = 4096
    source: str = TOPICS["card"]
    sources: tuple[str, ...] = ()
    version: str = "1"

    def __post_init__(self) -> None:
        if len(self.sources) > 1 and self.says:
            raise ValueError(f"{self.name} says facts, so it reads one topic: there is no order over several")

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The topics it reads."""
        return self.sources or (self.source,)

    def home(self, topic: str, partition: int) -> int:
        """One number for a partition among all it reads, as documents keep it: a new source goes behind the others."""
        return self.reads.index(topic) << 20 | partition

    @cached_property
    def frames(self) -> frozenset[type[AnyEvent]]:
        """The kinds of events it hears: of visits, of cards, of queues."""
        return frozenset(map(frame_type, self.hears))

    @cached_property
    def logs(self) -> tuple[str, ...]:
        """The topics it says facts on, what its runtime says of what it hears included."""
        if not self.says:
            return ()
        return tuple(sorted({topic_of(event) for event in (*self.says, *self.frames)}))

    @cached_property
    def deadline_types(self) -> frozenset[str]:
        """The wire types of this service's own deadlines, heard by it alone."""
        return frozenset(wire_type(event, self.name) for event in kinds(AnyDeadlinePassed))


def by_card(event: AnyEvent) -> str:
    """One stream per card."""
    return "card"


def by_queue(event: AnyEvent) -> str:
    """One stream per queue or ward."""
    return "queue"


def by_visit(event: Event) -> str:
    """One stream per visit."""
    return event.visit.id


def by_year(event: Event) -> str:
    """One stream per card and year of the visit's opening date."""
    return str(event.visit.date.year)
