"""What the runtime says for every service: `onecard.<service>.<name>.v1`.

Each has three kinds, for what is about a visit, about a card within no visit, and about a queue or ward: a fact is of
the kind of what it answers. A required field of a frozen type can't become optional, so each kind has its own name.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import AwareDatetime

from shared.events.base import AnyEvent, CardEvent, Code, Event, EventID, FreeText, Name, QueueEvent
from shared.events.frames import frame_type


class RuntimeEvent(AnyEvent):
    """An event whose sayer is whichever service's runtime said it."""


class AnyRequestHeld(RuntimeEvent):
    """A request waits for something that may still come. Said once per code."""

    request: EventID
    request_type: Code
    code: Code
    until: AwareDatetime


class AnyDeadlinePassed(RuntimeEvent):
    """A deadline of a stream is over. Heard by its own service alone; `about` is the id the deadline is about."""

    stream: Name
    due: AwareDatetime
    why: Code
    about: EventID


class AnyIrregularityResolved(RuntimeEvent):
    """An irregular act was set right, or (`found` false) there was none to set right."""

    irregularity: EventID
    resolution: FreeText
    found: bool = True


class AnyRecordGivenUp(RuntimeEvent):
    """A parked record an operator gave up, and why. Recompute passes it over."""

    record: EventID
    reason: Name


class RequestHeld(AnyRequestHeld, Event, by="{service}"):
    """A request waits for something that may still come. Said once per code."""


class CardRequestHeld(AnyRequestHeld, CardEvent, by="{service}"):
    """The same of a request about a card within no visit."""


class QueueRequestHeld(AnyRequestHeld, QueueEvent, by="{service}"):
    """The same of a request about a queue or ward."""


class DeadlinePassed(AnyDeadlinePassed, Event, by="{service}"):
    """A deadline of a stream is over. Heard by its own service alone; `about` is the id the deadline is about."""


class CardDeadlinePassed(AnyDeadlinePassed, CardEvent, by="{service}"):
    """The same for a deadline set by what is about a card within no visit."""


class QueueDeadlinePassed(AnyDeadlinePassed, QueueEvent, by="{service}"):
    """The same for a deadline of a queue or ward."""


class IrregularityResolved(AnyIrregularityResolved, Event, by="{service}", archived="irregular"):
    """An irregular act was set right, or (`found` false) there was none to set right."""


class CardIrregularityResolved(AnyIrregularityResolved, CardEvent, by="{service}", archived="irregular"):
    """The same of an act about a card within no visit."""


class QueueIrregularityResolved(AnyIrregularityResolved, QueueEvent, by="{service}"):
    """The same of an act about a queue or ward."""


class RecordGivenUp(AnyRecordGivenUp, Event, by="{service}"):
    """A parked record an operator gave up, and why. Recompute passes it over."""


class CardRecordGivenUp(AnyRecordGivenUp, CardEvent, by="{service}"):
    """The same of a record about a card within no visit."""


class QueueRecordGivenUp(AnyRecordGivenUp, QueueEvent, by="{service}"):
    """The same of a record about a queue or ward."""


R = TypeVar("R", bound=RuntimeEvent)

KINDS: dict[type[RuntimeEvent], dict[type[AnyEvent], type[Any]]] = {
    AnyRequestHeld: {Event: RequestHeld, CardEvent: CardRequestHeld, QueueEvent: QueueRequestHeld},
    AnyDeadlinePassed: {Event: DeadlinePassed, CardEvent: CardDeadlinePassed, QueueEvent: QueueDeadlinePassed},
    AnyIrregularityResolved: {
        Event: IrregularityResolved, CardEvent: CardIrregularityResolved, QueueEvent: QueueIrregularityResolved,
    },
    AnyRecordGivenUp: {Event: RecordGivenUp, CardEvent: CardRecordGivenUp, QueueEvent: QueueRecordGivenUp},
}  # fmt: skip


def kind_for(family: type[R], event: AnyEvent) -> type[R]:
    """The kind of a runtime's fact that says it of an event: about a visit, a card or a queue, as the event is."""
    found: type[R] = KINDS[family][frame_type(event)]
    return found


def kinds(family: type[R]) -> tuple[type[R], ...]:
    """All kinds of one of the runtime's facts."""
    return tuple(KINDS[family].values())
