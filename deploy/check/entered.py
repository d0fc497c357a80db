"""From the request topic to the log: every request was admitted as said, refused, or set aside; nothing else was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from deploy.check.book import Book
from deploy.check.result import Finding
from deploy.check.sources import EVENTS, REQUESTS
from deploy.check.told import Card, Told
from shared import heard
from shared.envelope import Record, Unreadable, read
from shared.events import Request
from shared.events.intake import AnyRequestRefused
from shared.events.runtime import AnyRecordGivenUp

LOST = """
SELECT partition, offset, card, id FROM asked AS a WHERE place NOT IN (SELECT place FROM aside)
AND NOT EXISTS (SELECT 1 FROM entered AS e
    WHERE e.card = a.card AND e.id = a.id AND ifnull(e.digest, a.digest) = a.digest)
AND NOT EXISTS (SELECT 1 FROM asked AS b JOIN aside ON aside.place = b.place
    WHERE b.card = a.card AND b.id = a.id AND b.digest = a.digest)
ORDER BY partition, offset
"""
GIVEN_UP = """
SELECT a.partition, a.offset, a.id FROM asked AS a JOIN aside ON aside.place = a.place
WHERE aside.standing = 'given_up' ORDER BY a.partition, a.offset
"""
UNASKED = """
SELECT partition, fact FROM entered AS e WHERE NOT EXISTS (SELECT 1 FROM asked AS a
    WHERE a.card = e.card AND a.id = e.id AND ifnull(e.digest, a.digest) = a.digest) ORDER BY partition
"""
BOTH = """
SELECT a.partition, a.id, r.fact FROM entered AS a JOIN entered AS r ON r.card = a.card AND r.id = a.id
WHERE a.digest IS NOT NULL AND r.digest IS NULL
"""


def enter_request(book: Book, record: Record) -> None:
    """A record of the request topic; what can't be read has no id, and must have been set aside."""
    envelope = read(record)
    place = f"{record.topic}/{record.partition}/{record.offset}"
    if isinstance(envelope, Unreadable):
        book.put("asked", (place, record.partition, record.offset, "", "", b""))
        return
    digest = heard.digest(envelope)
    book.put("asked", (place, record.partition, record.offset, envelope.key, envelope.id, digest))


def enter_card(book: Book, card: Card) -> None:
    """What intake let in or refused of one card."""
    for one in card.told:
        if isinstance(one.event, Request):
            _enter(book, card, one, one.id, heard.digest(one.envelope))
        elif isinstance(one.event, AnyRequestRefused):
            _enter(book, card, one, one.event.request, None)
        elif isinstance(one.event, AnyRecordGivenUp) and one.sayer == "intake":
            _enter(book, card, one, one.event.record, None)


def entered(
    book: Book, handled: Mapping[int, int], marks: Mapping[int, int], parked: frozenset[str], *, whole: bool
) -> Iterator[Finding]:
    """What does not agree. `handled` is how far intake has come, `marks` where the request topic ended when the check
    began; `parked` are cards intake parked a stream of; `whole` says that the request topic still has all it ever had,
    so that what is on the log must be on it."""
    for partition, offset, card, id in book.ask(LOST):
        ids = (id,) if id else ()
        if offset >= handled.get(partition, 0):
            if offset < marks.get(partition, 0):
                yield Finding("request_pending", ids, partition, offset, "intake", REQUESTS, "pending")
        elif card in parked:
            yield Finding("parked", ids, partition, offset, "intake", REQUESTS, "parked")
        else:
            yield Finding("request_lost", ids, partition, offset, "intake", REQUESTS)
    for partition, offset, id in book.ask(GIVEN_UP):
        yield Finding("given_up", (id,) if id else (), partition, offset, "intake", REQUESTS, "given_up")
    for partition, id, refusal in book.ask(BOTH):
        yield Finding("admitted_and_refused", (id, refusal), partition, -1, "intake", EVENTS)
    if whole:
        for partition, fact in book.ask(UNASKED):
            yield Finding("never_asked", (fact,), partition, -1, "intake", EVENTS)


def _enter(book: Book, card: Card, one: Told, request: str, digest: bytes | None) -> None:
    book.put("entered", (card.key, request, digest, one.id, card.partition))
