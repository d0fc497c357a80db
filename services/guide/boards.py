"""Queues: the numbers of a visit, and the board of each queue and ward. What a visit is told of its place in line is
worked out when read, from both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.guide.keeping import change, put, utc
from services.guide.numbers import Board, Ticket
from services.guide.shapes import State
from services.guide.stay import Ward
from shared.events import AnyEvent, beds, queues


def issued(state: State, event: queues.TicketIssued) -> State:
    known = state.tickets.get(event.queue)
    if known and not event.again:
        return state
    return _ticket(state, event, Ticket(event.number, "waiting", "", utc(event.log_time)))


def called(state: State, event: queues.TicketCalled) -> State:
    return _ticket(state, event, Ticket(event.number, "called", event.where.terminal, utc(event.log_time)))


def missed(state: State, event: queues.TicketMissed) -> State:
    return _ticket(state, event, Ticket(event.number, "waiting" if event.back else "out", "", utc(event.log_time)))


def served(state: State, event: queues.TicketServed) -> State:
    return _ticket(state, event, Ticket(event.number, "served", "", utc(event.log_time)))


def moved(state: State, event: queues.QueueMoved) -> State:
    """The board of a queue; an older one never covers a newer."""
    if state.board and state.board.move >= event.move:
        return state
    board = Board(
        move=event.move,
        issued=event.issued,
        length=event.length,
        waiting=tuple(event.waiting),
        called=tuple((one.number, one.desk) for one in event.called),
        service_seconds=event.service_seconds,
        desks=event.desks,
        at=utc(event.log_time),
    )
    return change(state, board=board)


def ward_moved(state: State, event: beds.WardMoved) -> State:
    """The board of a ward; an older one never covers a newer."""
    if state.ward and state.ward.move >= event.move:
        return state
    ward = Ward(event.move, event.beds, tuple(event.free), event.taken, event.waiting, utc(event.log_time))
    return change(state, ward=ward)


def _ticket(state: State, event: Any, ticket: Ticket) -> State:
    return change(state, tickets=put(state.tickets, event.queue, ticket))


EVOLVE: dict[type[AnyEvent], Callable[[State, Any], State]] = {
    queues.TicketIssued: issued,
    queues.TicketCalled: called,
    queues.TicketMissed: missed,
    queues.TicketServed: served,
    queues.QueueMoved: moved,
    beds.WardMoved: ward_moved,
}
