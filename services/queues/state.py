"""What a queue remembers of its day: its numbers, who stands in line, and how fast it has been lately."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from statistics import median_low
from typing import Any, Literal

from shared.decider import Input
from shared.events import queues
from shared.events.registration import TicketWithdrawn
from shared.unchanging import unchanging

NEWEST = 9
"""Times of service the queue's speed is told by: enough for a median, few enough to follow the day."""

BEHIND = 3
"""A missed number waits behind so many others."""

Status = Literal["waiting", "called", "out", "served", "withdrawn"]


@unchanging
class Ticket:
    """One number: whose, and how far it has come. `out`: missed too often, so only a check-in brings it back.

    `misses` counts since it last came into the line; `desk` called it, at `called_at`.
    """

    card: str
    visit: str
    day: date
    status: Status = "waiting"
    misses: int = 0
    desk: str = ""
    called_at: datetime | None = None


@unchanging
class Served:
    """One time of service."""

    desk: str
    seconds: int


@unchanging
class State:
    """A number is a place in `tickets`, so numbers are unique and gap-free. `line` are the waiting ones in order.

    `early` are the visits whose ticket was withdrawn before it was wanted: they get none.
    """

    tickets: tuple[Ticket, ...] = ()
    line: tuple[int, ...] = ()
    recent: tuple[Served, ...] = ()
    early: tuple[str, ...] = ()
    moves: int = 0

    def number_of(self, card: str, visit: str) -> int:
        """The number of a visit; 0 when it has none."""
        for number, ticket in enumerate(self.tickets, start=1):
            if ticket.visit == visit and ticket.card == card:
                return number
        return 0

    def is_withdrawn(self, card: str, visit: str) -> bool:
        """Whether the visit gave its number back, or wants none any more."""
        ticket = self.ticket(self.number_of(card, visit))
        return ticket.status == "withdrawn" if ticket else _named(card, visit) in self.early

    def ticket(self, number: int) -> Ticket | None:
        """The ticket of a number that was given."""
        return self.tickets[number - 1] if 0 < number <= len(self.tickets) else None

    def in_hand(self, desk: str) -> int:
        """The number a desk has called and not let go; 0 for none."""
        return next((number for number, ticket in self.called() if ticket.desk == desk), 0)

    def called(self) -> list[tuple[int, Ticket]]:
        """The numbers that are called, in their order."""
        return [(n, ticket) for n, ticket in enumerate(self.tickets, start=1) if ticket.status == "called"]

    def taken(self) -> int:
        """How many of the session's places are taken: a withdrawn ticket has given its own back."""
        return sum(ticket.status != "withdrawn" for ticket in self.tickets)

    def service_seconds(self) -> int | None:
        """The median of the newest times of service."""
        return median_low(served.seconds for served in self.recent) if self.recent else None

    def desks(self) -> int:
        """By how many desks the newest times of service were."""
        return len({served.desk for served in self.recent})


INITIAL = State()


def evolve(state: State, event: Input) -> State:
    """The state after an event or a fact; the same object when it changes nothing."""
    match event:
        case queues.TicketIssued():
            return _issued(state, event)
        case queues.TicketCalled(number=number):
            line = tuple(other for other in state.line if other != number)
            desk, at = event.where.terminal, event.called_at
            return _changed(replace(state, line=line), number, status="called", desk=desk, called_at=at)
        case queues.TicketMissed(number=number, back=back, misses=misses):
            line = (*state.line[:BEHIND], number, *state.line[BEHIND:]) if back else state.line
            status = "waiting" if back else "out"
            return _changed(replace(state, line=line), number, status=status, misses=misses, desk="", called_at=None)
        case queues.TicketServed(number=number, seconds=seconds):
            recent = (*state.recent, Served(state.tickets[number - 1].desk, seconds))[-NEWEST:]
            return _changed(replace(state, recent=recent), number, status="served", desk="", called_at=None)
        case queues.QueueMoved(move=move):
            return replace(state, moves=move)
        case TicketWithdrawn():
            return _withdrawn(state, event)
        case _:
            return state


def _issued(state: State, event: queues.TicketIssued) -> State:
    line = (*state.line, event.number)
    if event.again:
        return _changed(replace(state, line=line), event.number, status="waiting", misses=0)
    if event.number <= len(state.tickets):
        return state
    ticket = Ticket(event.card, event.visit.id, event.visit.date)
    return replace(state, tickets=(*state.tickets, ticket), line=line)


def _withdrawn(state: State, event: TicketWithdrawn) -> State:
    number = state.number_of(event.card, event.visit.id)
    if not number:
        who = _named(event.card, event.visit.id)
        return state if who in state.early else replace(state, early=(*state.early, who))
    if state.tickets[number - 1].status in ("served", "withdrawn"):
        return state
    line = tuple(other for other in state.line if other != number)
    return _changed(replace(state, line=line), number, status="withdrawn", desk="", called_at=None)


def _changed(state: State, number: int, **fields: Any) -> State:
    ticket = replace(state.tickets[number - 1], **fields)
    return replace(state, tickets=(*state.tickets[: number - 1], ticket, *state.tickets[number:]))


def _named(card: str, visit: str) -> str:
    """A visit of a card: an id is unique within its card alone."""
    return f"{card}/{visit}"
