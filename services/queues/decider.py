"""叫号: who gets a number, who is called next, and how the queue then stands."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.queues.state import State, Ticket, evolve
from shared.decider import NOTHING, Decision, Input
from shared.events import AnyEvent, edge_queues, queues
from shared.events.base import Visit
from shared.events.queue_key import Queue, queue_of
from shared.events.registration import TicketWanted, TicketWithdrawn
from shared.reference import NO_RULE, QueueRule, Reference

MOST_TICKETS = 5000
"""Beyond any session there is, and as far as a queue's document can grow."""

MOST_MISSES = 3
"""After so many calls in vain a number leaves the line."""


def decide(state: State, event: Input, reference: Reference) -> Decision:
    """Every answer at once: all that a queue waits for comes on the queue itself, in order. Total and pure."""
    match event:
        case TicketWanted():
            return _wanted(state, event, reference)
        case TicketWithdrawn():
            return _moved(state, event)
        case edge_queues.CheckInRequested():
            return _check_in(state, event, reference)
        case edge_queues.TicketCallRequested():
            return _call(state, event)
        case edge_queues.TicketMissReported() | edge_queues.TicketServeReported():
            return _let_go(state, event)
        case _:
            return NOTHING


def _wanted(state: State, event: TicketWanted, reference: Reference) -> Decision:
    number = state.number_of(event.card, event.visit.id)
    match state.ticket(number):
        case _ if state.is_withdrawn(event.card, event.visit.id):
            return _no_ticket(event, "ticket_withdrawn")
        case Ticket():
            # It checked in before it was registered: the number it has is its own.
            return (_issued(event, number),)
        case None if _is_full(state, None if event.kind == "emergency" else _rule(event, reference).capacity):
            return _no_ticket(event, "session_full")
        case None:
            return _moved(state, event, _issued(event, len(state.tickets) + 1))


def _check_in(state: State, event: edge_queues.CheckInRequested, reference: Reference) -> Decision:
    """A queue one joins on arrival; and the way back into any line for a number that is out of it."""
    rule = _rule(event, reference)
    number = state.number_of(event.card, event.visit.id)
    match state.ticket(number):
        case _ if state.is_withdrawn(event.card, event.visit.id):
            return _refused(event, "ticket_withdrawn", number or None)
        case Ticket(status="waiting" | "called"):
            return _refused(event, "already_in_queue", number)
        case Ticket():
            return _moved(state, event, _issued(event, number, again=True))
        case None if not rule.check_in:
            return _refused(event, "no_check_in")
        case None if _is_full(state, rule.capacity):
            return _refused(event, "session_full")
        case None:
            return _moved(state, event, _issued(event, len(state.tickets) + 1))


def _call(state: State, event: edge_queues.TicketCallRequested) -> Decision:
    if number := state.in_hand(event.where.terminal):
        return _refused(event, "ticket_in_hand", number)
    if not state.line:
        return _refused(event, "nobody_waiting")
    number = state.line[0]
    ticket = state.tickets[number - 1]
    return _moved(state, event, queues.TicketCalled(**_of(ticket, event), number=number, called_at=event.log_time))


def _let_go(state: State, event: edge_queues.TicketMissReported | edge_queues.TicketServeReported) -> Decision:
    """Any desk of the queue may say what became of a number that is called."""
    match state.ticket(event.number):
        case Ticket(status="called") as ticket if isinstance(event, edge_queues.TicketServeReported):
            seconds = _seconds(ticket, event)
            return _moved(state, event, queues.TicketServed(**_of(ticket, event), number=event.number, seconds=seconds))
        case Ticket(status="called", misses=before) as ticket:
            misses = before + 1
            missed = queues.TicketMissed(
                **_of(ticket, event), number=event.number, misses=misses, back=misses < MOST_MISSES
            )
            return _moved(state, event, missed)
        case _:
            return _refused(event, "not_called", event.number)


def _rule(event: AnyEvent, reference: Reference) -> QueueRule:
    """How this queue is joined, in force on its own day. A ward is no queue of numbers."""
    match queue_of(event.key):
        case Queue(institution, department, session, date() as day):
            return reference.queue(institution, department, session, day)
        case _:
            return NO_RULE


def _is_full(state: State, capacity: int | None) -> bool:
    """Whether no number is left: of the session's places, or of what one queue can ever give."""
    return len(state.tickets) >= MOST_TICKETS or (capacity is not None and state.taken() >= capacity)


def _issued(
    event: TicketWanted | edge_queues.CheckInRequested, number: int, *, again: bool = False
) -> queues.TicketIssued:
    return queues.TicketIssued(
        card=event.card, visit=event.visit, where=event.where, queue=event.queue, number=number, again=again
    )


def _moved(state: State, event: Asked, *facts: AnyEvent) -> Decision:
    """The facts, and how the queue stands after them; nothing when it stands as it did."""
    after = state
    for one in (event, *facts):
        after = evolve(after, one)
    if after.tickets == state.tickets:
        return NOTHING
    called = [queues.AtDesk(number=number, desk=ticket.desk) for number, ticket in after.called()]
    moved = queues.QueueMoved(
        queue=event.queue,
        where=event.where,
        move=after.moves + 1,
        issued=len(after.tickets),
        length=len(after.line),
        waiting=list(after.line[: queues.MOST_SHOWN]),
        called=called[: queues.MOST_DESKS],
        service_seconds=after.service_seconds(),
        desks=after.desks(),
    )
    return (*facts, moved)


def _seconds(ticket: Ticket, event: AnyEvent) -> int:
    """From call to served by log time, whole seconds, within a day."""
    if ticket.called_at is None:
        return 0
    return min(max(int((event.log_time - ticket.called_at).total_seconds()), 0), 86_400)


def _of(ticket: Ticket, event: AnyEvent) -> dict[str, Any]:
    """What a fact about a ticket carries, said at the desk of the event."""
    visit = Visit(id=ticket.visit, date=ticket.day)
    return {"card": ticket.card, "visit": visit, "where": event.where, "queue": event.key}


def _no_ticket(event: TicketWanted, code: str) -> Decision:
    return (queues.TicketRefused(card=event.card, visit=event.visit, where=event.where, queue=event.queue, code=code),)


def _refused(event: Asked, code: str, number: int | None = None) -> Decision:
    return (queues.QueueRefused(queue=event.queue, where=event.where, code=code, number=number),)


Asked = (
    TicketWanted
    | TicketWithdrawn
    | edge_queues.CheckInRequested
    | edge_queues.TicketCallRequested
    | edge_queues.TicketMissReported
    | edge_queues.TicketServeReported
)
