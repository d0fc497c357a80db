"""One card at a time: its records become a history, and every law is asked about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from deploy.check.answered import answered
from deploy.check.apart import Apart
from deploy.check.archive import digest
from deploy.check.book import Book
from deploy.check.carried import enter_carried
from deploy.check.causes import causes
from deploy.check.checkups import checkups
from deploy.check.entered import enter_card
from deploy.check.money import money, references
from deploy.check.presented import count
from deploy.check.result import Finding
from deploy.check.sources import EVENTS
from deploy.check.standing import standing
from deploy.check.stays import stays
from deploy.check.tariff import Tariff
from deploy.check.tickets import enter_tickets, moves
from deploy.check.told import Card, Signed, Told
from deploy.check.unreadable import unreadable
from deploy.check.uses import Uses
from deploy.check.visits import visits
from deploy.check.work import work
from shared import heard
from shared.envelope import Envelope, Record, Unreadable, read
from shared.events import TYPES, Request
from shared.events.frames import topic_of
from shared.events.runtime import AnyRecordGivenUp
from shared.runtime.log import Place

LAWS = (money, visits, work, stays, checkups, standing)


def enter(book: Book, record: Record) -> Iterator[Finding]:
    """Put a record of a kept topic into the book. A copy must say what the first one said."""
    found, topic = read(record), named(record.topic)
    if isinstance(found, Unreadable):
        waits = Finding("unreadable", (), record.partition, record.offset, "", found.cause, "parked", topic)
        yield from unreadable(book, waits)
        return
    first = book.event(found, digest(found) if record.topic == EVENTS else None)
    if first is not None and first != heard.digest(found):
        yield Finding("other_bytes", (found.id,), found.partition, found.offset, topic=topic)


def named(topic: str) -> str:
    """A topic as findings name it: onecard.events goes without saying."""
    return "" if topic == EVENTS else topic


def judged(
    book: Book,
    apart: Apart,
    key: str,
    envelopes: Iterable[Envelope],
    *,
    place: Place,
    mark: int,
    handled: Mapping[str, int],
    signed: Signed | None,
    tariff: Tariff | None = None,
    uses: Uses | None = None,
) -> Iterator[Finding]:
    """Everything to be said about one card, queue or ward; what must be compared across keys goes into the book."""
    partition, topic = place.partition, named(place.topic)
    told: list[Told] = []
    untold: list[Finding] = []
    for envelope in envelopes:
        one = _told(envelope)
        if isinstance(one, Finding):
            untold.append(one)
            continue
        told.append(one)
        if signed is not None and isinstance(one.event, Request) and not signed(one):
            yield Finding("signature_wrong", (one.id,), partition, one.offset, "intake", topic=topic)
    parked = frozenset(service for (service,) in book.ask("SELECT service FROM parked WHERE card = ?", key))
    card = Card(key, partition, told, mark, handled, parked, topic, tariff)
    given_up = {one.event.record for one in card.of(AnyRecordGivenUp)}
    for finding in untold:
        waits = finding.code == "unreadable"
        yield from unreadable(book, finding, given_up, parked=bool(parked)) if waits else (finding,)
    yield from causes(card, apart)
    yield from answered(card, apart)
    if place.topic == EVENTS:
        enter_carried(book, card)
        for law in LAWS:
            yield from law(card)
        if uses is not None:
            count(card, uses)
    else:
        yield from moves(card)
    enter_card(book, card)
    enter_tickets(book, card)
    book.put("references_used", *((reference, key, year, id) for reference, year, id in references(card)))
    for (other,) in book.ask("SELECT partition FROM cards WHERE topic = ? AND card = ?", place.topic, key):
        ids = (told[0].id,) if told else ()
        yield Finding("card_in_two_partitions", ids, partition, detail=f"also {other}", topic=topic)
    book.put("cards", (place.topic, key, partition))


def _told(envelope: Envelope) -> Told | Finding:
    place, topic = ((envelope.id,), envelope.partition, envelope.offset, ""), named(envelope.topic)
    kind = TYPES.get(envelope.type)
    try:
        event = kind.model_validate_json(envelope.body) if kind else None
    except ValueError:
        event = None
    if event is None:
        return Finding("unreadable", *place, "wrong_shape" if kind else "unknown_type", "parked", topic)
    if event.key != envelope.key:
        return Finding("unreadable", *place, f"key_is_not_the_{event.KEYED_ON}", "parked", topic)
    if topic_of(event) != envelope.topic:
        return Finding("misplaced", *place[:3], envelope.type.split(".")[1], topic=topic)
    return Told(envelope.offset, envelope, event)
