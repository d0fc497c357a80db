"""Whose turn it is, as a resident and a board are told it: people ahead, and how long that may take. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from services.guide import words
from services.guide.numbers import Board, Ticket
from services.guide.shapes import State
from services.guide.stay import Ward
from services.guide.told_queues import BoardTold, CalledTold, TicketTold
from services.guide.told_wards import WardTold
from shared.events.queue_key import queue_of
from shared.events.queues import MOST_SHOWN

LIVE = ("waiting", "called", "out")
OVER = ("refused", "cancelled", "closed")

Boards = Mapping[str, Board]
"""Boards by the key of their queue; none for a queue nobody has heard of yet."""


def live(state: State) -> dict[str, Ticket]:
    """The numbers a visit still has something to expect of, by queue."""
    if state.visit.status in OVER:
        return {}
    return {queue: ticket for queue, ticket in state.tickets.items() if ticket.status in LIVE}


def tickets(state: State, boards: Boards) -> list[TicketTold]:
    """What a resident is told of each number: its place in line, and the wait the queue's own speed promises."""
    return [_ticket(queue, ticket, boards.get(queue, Board())) for queue, ticket in live(state).items()]


def board(queue: str, shown: Board) -> BoardTold:
    """A queue as its department's board shows it: numbers only, at most the first 500."""
    at = queue_of(queue)
    called: list[CalledTold] = [{"number": number, "desk": desk} for number, desk in shown.called]
    return {
        "queue": queue,
        "institution": at.institution,
        "department": at.place,
        "session": at.session,
        "date": at.day.isoformat() if at.day else "",
        "move": shown.move,
        "called": called,
        "waiting": list(shown.waiting),
        "length": shown.length,
        "issued": shown.issued,
        "minutes": minutes(shown, shown.length),
        "at": shown.at,
    }


def ward(key: str, shown: Ward) -> WardTold:
    """A ward as its board shows it: beds only, and nobody who lies in them."""
    at = queue_of(key)
    return {
        "queue": key,
        "institution": at.institution,
        "ward": at.place,
        "move": shown.move,
        "beds": shown.beds,
        "free": list(shown.free),
        "taken": shown.taken,
        "waiting": shown.waiting,
        "at": shown.at,
    }


def minutes(shown: Board, ahead: int) -> int | None:
    """How long so many people take at the queue's own recent speed, in minutes rounded up; None: it has none yet."""
    if shown.service_seconds is None:
        return None
    return -(-ahead * shown.service_seconds // (max(shown.desks, 1) * 60))


def _ticket(queue: str, ticket: Ticket, shown: Board) -> TicketTold:
    at, ahead = queue_of(queue), _ahead(ticket, shown)
    zh, en = words.TICKETS[ticket.status]
    told: TicketTold = {
        "queue": queue,
        "department": at.place,
        "session": at.session,
        "date": at.day.isoformat() if at.day else "",
        "number": ticket.number,
        "status": ticket.status,
        "desk": ticket.desk,
        "zh": zh.format(number=ticket.number, ahead=ahead, desk=ticket.desk),
        "en": en.format(number=ticket.number, ahead=ahead, desk=ticket.desk),
        "at": ticket.at,
    }
    if ahead is not None:
        told["ahead"] = ahead
        if (wait := minutes(shown, ahead)) is not None:
            told["minutes"] = wait
    return told


def _ahead(ticket: Ticket, shown: Board) -> int | None:
    """How many stand before a number that waits. Beyond what a board holds it is at least so many."""
    if ticket.status != "waiting":
        return None
    if ticket.number in shown.waiting:
        return shown.waiting.index(ticket.number)
    # The card's topic and the queue's are read apart: of a number the board has not got yet, all others are ahead.
    return min(shown.length, MOST_SHOWN)
