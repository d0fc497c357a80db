"""Numbers of queues: unique, gap-free, one a visit, the one the visit was registered with; and none leaks.

A number is said on its card and wanted on its queue, so all of it goes into the book and is judged when all is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.check.book import Book
from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.base import queue_key
from shared.events.queues import QueueMoved, TicketCalled, TicketIssued, TicketMissed, TicketRefused, TicketServed
from shared.events.registration import (
    RegistrationRefused,
    TicketWanted,
    TicketWithdrawn,
    VisitCancelled,
    VisitRegistered,
)

TWICE = """
SELECT a.id, b.id FROM numbers AS a JOIN numbers AS b ON a.queue = b.queue AND a.number = b.number
WHERE a.id < b.id AND (a.card, a.visit) != (b.card, b.visit)
"""
SECOND = """
SELECT a.id, b.id FROM numbers AS a JOIN numbers AS b ON a.card = b.card AND a.visit = b.visit AND a.queue = b.queue
WHERE a.number < b.number
"""
GAPS = """
SELECT id, queue FROM moved WHERE issued > (SELECT count(DISTINCT number) FROM numbers AS n
    WHERE n.queue = moved.queue AND n.number BETWEEN 1 AND issued)
"""
NOT_GIVEN = """
SELECT id FROM tickets AS t WHERE what = 'used' AND NOT EXISTS (SELECT 1 FROM numbers AS n
    WHERE n.queue = t.queue AND n.number = t.number AND n.card = t.card AND n.visit = t.visit)
"""
DIFFERS = NOT_GIVEN.replace("'used'", "'registered'")
LEAKED = """
SELECT id FROM tickets AS t WHERE what = 'over'
AND EXISTS (SELECT 1 FROM tickets AS w WHERE w.what = 'wanted' AND w.card = t.card AND w.visit = t.visit)
AND NOT EXISTS (SELECT 1 FROM tickets AS w
    WHERE w.what IN ('withdrawn', 'none', 'served') AND w.card = t.card AND w.visit = t.visit)
"""
FINDINGS = (
    ("number_twice", TWICE),
    ("ticket_twice", SECOND),
    ("no_ticket", NOT_GIVEN),
    ("ticket_differs", DIFFERS),
    ("ticket_leaked", LEAKED),
)
SAID = {TicketRefused: "none", TicketWanted: "wanted", TicketWithdrawn: "withdrawn"}


def enter_tickets(book: Book, card: Card) -> None:
    """What one card or one queue says of numbers."""
    for one in card.told:
        match one.event:
            case TicketIssued() as event:
                book.put("numbers", (one.id, event.queue, event.number, event.card, event.visit.id))
            case TicketCalled() | TicketMissed() | TicketServed() as event:
                _put(book, "used", one, event.queue, event.number)
                if isinstance(event, TicketServed):
                    _put(book, "served", one, event.queue, event.number)
            case VisitRegistered(ticket=int() as number) as event:
                queue = queue_key(event.where.institution, event.department, event.session, event.date)
                _put(book, "registered", one, queue, number)
            case TicketRefused() | TicketWanted() | TicketWithdrawn() as event:
                _put(book, SAID[type(event)], one)
            # What came while the check ran may be half on the topics.
            case VisitCancelled() | RegistrationRefused() if _is_over(one) and one.offset < card.mark:
                _put(book, "over", one)
    moves = [one for one in card.told if isinstance(one.event, QueueMoved)]
    if said := [one for one in moves if one.offset < card.mark]:
        book.put("moved", (card.key, said[-1].event.issued, said[-1].id))


def moves(card: Card) -> Iterator[Finding]:
    """A queue counts its changes one by one."""
    said = [one for one in card.told if isinstance(one.event, QueueMoved)]
    for n, one in enumerate(said, start=1):
        if one.event.move != n:
            yield card.finding("queue_moved_otherwise", one)
            return


def tickets(book: Book) -> Iterator[Finding]:
    """Everything that is wrong with numbers, once all is read."""
    for code, query in FINDINGS:
        for ids in book.ask(query):
            yield Finding(code, ids, service="queues" if code != "ticket_leaked" else "registration")
    for id, queue in book.ask(GAPS):
        yield Finding("number_missing", (id,), service="queues", detail=queue)


def _is_over(one: Told) -> bool:
    """A refused cancellation leaves the visit as it is."""
    return isinstance(one.event, VisitCancelled) or one.cause == one.event.visit.id


def _put(book: Book, what: str, one: Told, queue: str = "", number: int = 0) -> None:
    book.put("tickets", (what, one.event.card, one.event.visit.id, one.id, queue, number))
