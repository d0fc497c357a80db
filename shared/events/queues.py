"""What queues says: 叫号. Numbers of a queue, on the card of whom they concern, and how the queue moves, on itself.

A queue is one department of one institution in one session of one day. Nothing here is archived: who waited where is no
part of a health archive, and the visit itself keeps its number.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.events.base import Code, Event, Moves, Number, QueueEvent, QueueKey, Seconds, Small
from shared.events.edge import Part

MOST_SHOWN = 500
MOST_DESKS = 200


class TicketIssued(Event, by="queues"):
    """The visit has this number. `again`: it stands at the end of the line once more, with the number it had."""

    queue: QueueKey
    number: Number
    again: bool = False


class TicketRefused(Event, by="queues"):
    """The visit gets no number, and why."""

    queue: QueueKey
    code: Code


class TicketCalled(Event, by="queues"):
    """Come in. `where` is the desk that calls, `called_at` when its call got on the log."""

    queue: QueueKey
    number: Number
    called_at: AwareDatetime


class TicketMissed(Event, by="queues"):
    """Called, and nobody came. `back`: it waits again, behind three others; if not, only a check-in brings it back."""

    queue: QueueKey
    number: Number
    misses: Small
    back: bool


class TicketServed(Event, by="queues"):
    """Whoever had the number has been seen; it took so many seconds from the call."""

    queue: QueueKey
    number: Number
    seconds: Seconds


class AtDesk(Part):
    """A number that is called, and the terminal of the desk that called it."""

    number: Number
    desk: Code


class QueueMoved(QueueEvent, by="queues"):
    """The queue as it now stands, after its `move`-th change: everything a board shows, and no card.

    `waiting` are the first 500 numbers in line and `length` counts all of them; `issued` is the last number given.
    `service_seconds` is the median of the newest times of service, absent while there are none, and `desks` by how many
    desks they were.
    """

    move: Moves
    issued: Small
    length: Small
    waiting: Annotated[list[Number], Field(max_length=MOST_SHOWN)]
    called: Annotated[list[AtDesk], Field(max_length=MOST_DESKS)] = []
    service_seconds: Seconds | None = None
    desks: Small = 0


class QueueRefused(QueueEvent, by="queues"):
    """What was asked of the queue is not done, and why. `number` is the ticket that stands in the way or was meant."""

    code: Code
    number: Number | None = None
