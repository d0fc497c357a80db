"""One card at a time: its records become a history, and every law is asked about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from deploy.check.answered import answered
from deploy.check.archive import digest
from deploy.check.book import Book
from deploy.check.causes import causes
from deploy.check.entered import enter_card
from deploy.check.money import money, references
from deploy.check.result import Finding
from deploy.check.told import Card, Signed, Told
from deploy.check.visits import visits
from deploy.check.work import work
from shared import heard
from shared.envelope import Envelope, Record, Unreadable, read
from shared.events import TYPES, Request

LAWS = (causes, answered, money, visits, work)


def enter(book: Book, record: Record) -> Iterator[Finding]:
    """Put a record of onecard.events into the book. A copy must say what the first one said."""
    found = read(record)
    if isinstance(found, Unreadable):
        yield Finding("unreadable", (), record.partition, record.offset, "", found.cause, "parked")
        return
    first = book.event(found, digest(found))
    if first is not None and first != heard.digest(found):
        yield Finding("other_bytes", (found.id,), found.partition, found.offset)


def judged(
    book: Book,
    key: str,
    envelopes: Iterable[Envelope],
    *,
    partition: int,
    mark: int,
    handled: Mapping[str, int],
    signed: Signed | None,
) -> Iterator[Finding]:
    """Everything to be said about one card; what must be compared across partitions goes into the book."""
    told: list[Told] = []
    for envelope in envelopes:
        one = _told(envelope)
        if isinstance(one, Finding):
            yield one
            continue
        told.append(one)
        if signed is not None and isinstance(one.event, Request) and not signed(one):
            yield Finding("signature_wrong", (one.id,), partition, one.offset, "intake")
    parked = frozenset(service for (service,) in book.ask("SELECT service FROM parked WHERE card = ?", key))
    card = Card(key, partition, told, mark, handled, parked)
    for law in LAWS:
        yield from law(card)
    enter_card(book, card)
    book.put("references_used", *((reference, key, year, id) for reference, year, id in references(card)))
    for (other,) in book.ask("SELECT partition FROM cards WHERE card = ?", key):
        yield Finding("card_in_two_partitions", (told[0].id,) if told else (), partition, detail=f"also {other}")
    book.put("cards", (key, partition))


def _told(envelope: Envelope) -> Told | Finding:
    place = (envelope.id,), envelope.partition, envelope.offset, ""
    kind = TYPES.get(envelope.type)
    try:
        event = kind.model_validate_json(envelope.body) if kind else None
    except ValueError:
        event = None
    if event is None:
        return Finding("unreadable", *place, "wrong_shape" if kind else "unknown_type", "parked")
    if event.key != envelope.key:
        return Finding("unreadable", *place, f"key_is_not_the_{event.KEYED_ON}", "parked")
    return Told(envelope.offset, envelope, event)
