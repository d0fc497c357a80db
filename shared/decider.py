"""What a service is: a name, what it hears and says, and two pure functions.

`decide(state, event, reference)` answers an event with facts, or holds it; `evolve(state, event)` is the state
after an event or a fact. Both are total, and know no clock, no randomness and no I/O. Everything else (batches,
stores, offsets, waiting, deadlines, crashes) is the one runtime all services share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.envelope import Envelope
from shared.events import Event, Request
from shared.events.runtime import DeadlinePassed
from shared.reference import Reference, Span
from shared.unchanging import unchanging

S = TypeVar("S")


@unchanging
class Hold:
    """What this request needs may still come: keep it, offer it again when the state changes, and once more, as
    Overdue, when the span is over. `says` are facts to say with the hold, once per code."""

    code: str
    until: Span
    says: tuple[Event, ...] = ()


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


Input = Event | Overdue
Decision = Hold | Sequence[Event | Deadline | Admit]
NOTHING: tuple[Event, ...] = ()


def read_event(envelope: Envelope, types: Mapping[str, type[Event]], reference: Reference) -> Event | SetAside:
    """The event in an envelope whose type is among `types`; SetAside when its body is not one. Total."""
    try:
        event = types[envelope.type].model_validate_json(envelope.body)
    except ValueError:
        return SetAside("wrong_shape")
    if event.card != envelope.key:
        return SetAside("key_is_not_the_card")
    return event.known(envelope.id, envelope.happened, envelope.log_time, envelope.causation)


@dataclass(frozen=True)
class Service(Generic[S]):
    """One step of the visit. `stream` names the stream within the card that an event belongs to.

    `index` gives the fields a view's documents can be found by. A service that `admits` reads every record, also
    those of no type it knows, and sets aside what `read` does not take for an event. `keeps_heard` is how many ids a
    stream remembers (None: all). `source` and `log` are the topics it reads and says on.
    """

    name: str
    hears: tuple[type[Event], ...]
    says: tuple[type[Event], ...]
    stream: Callable[[Event], str]
    initial: S
    decide: Callable[[S, Any, Reference], Decision]
    evolve: Callable[[S, Any], S]
    index: Callable[[S], Mapping[str, str | int | None]] | None = None
    indexes: tuple[tuple[str, ...], ...] = ()
    read: Callable[[Envelope, Mapping[str, type[Event]], Reference], Event | SetAside] = read_event
    admits: bool = False
    keeps_heard: int | None = 4096
    source: str = "onecard.events"
    log: str = "onecard.events"
    version: str = "1"

    def deadline_type(self) -> str:
        """The wire type of this service's own deadlines, heard by it alone."""
        return DeadlinePassed.TYPE.format(service=self.name)


def by_card(event: Event) -> str:
    """One stream per card."""
    return "card"


def by_visit(event: Event) -> str:
    """One stream per visit."""
    return event.visit.id


def by_year(event: Event) -> str:
    """One stream per card and year of the visit's opening date."""
    return str(event.visit.date.year)


def frame(event: Event) -> dict[str, Any]:
    """The three fields every body carries, taken from the event that a fact answers."""
    return {"card": event.card, "visit": event.visit, "where": event.where}
