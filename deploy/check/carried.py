"""Years carried between merged cards. What stands on the kept card must be what the other's own bills come to: two
keys, perhaps in two partitions, so each side is written into the book and compared when all is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from deploy.check.book import Book
from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.billing import BillLine, BillSettled, ChargeLapsed, ChargeReversed, YearCarried
from shared.events.cards import CardsMerged, CardsUnmerged
from shared.events.runtime import AnyRecordGivenUp

Sums = tuple[int, int, int, int]
NAMES = ("outpatient", "inpatient", "counted", "major_illness")
"""In fen: insurer for outpatients and for inpatients, what counts towards major illness, and what that has paid."""
NOTHING: Sums = (0, 0, 0, 0)


def sums(event: YearCarried) -> Sums:
    """What a year was carried with."""
    return event.outpatient, event.inpatient, event.counted, event.major_illness


def enter_carried(book: Book, card: Card) -> None:
    """Write down what this card was given of others' years, and what of its own has to count elsewhere."""
    ids = {(one.event.other, one.event.year): one.id for one in card.of(YearCarried)}
    for (other, year), given in _given(card).items():
        if given != NOTHING:
            book.put("carried", (card.key, other, year, str(given), ids[other, year]))
    if merged := _merged(card):
        for year, total in _totals(card).items():
            if total != NOTHING:
                book.put("counts", (merged.event.other, card.key, year, str(total), merged.id))
    if card.is_behind("billing") or "billing" in card.parked or _was_given_up(card):
        book.put("unsure", (card.key,))


def carried(book: Book) -> Iterator[Finding]:
    """Every year that counts elsewhere otherwise than its own card's bills say, once all keys are read."""
    for one, other in (("counts", "carried"), ("carried", "counts")):
        lacking = book.ask(
            f"SELECT id, year FROM {one} WHERE other NOT IN (SELECT card FROM unsure)"  # noqa: S608
            f" AND (card, other, year, sums) NOT IN (SELECT card, other, year, sums FROM {other})"
        )
        for id, year in lacking:
            yield Finding("year_carried", (id,), service="billing", detail=str(year))


def _given(card: Card) -> Mapping[tuple[str, int], Sums]:
    found: dict[tuple[str, int], Sums] = {}
    for one in card.of(YearCarried):
        found[one.event.other, one.event.year] = sums(one.event) if one.event.how == "over" else NOTHING
    return found


def _merged(card: Card) -> Told | None:
    """The merge by which this card counts with another, if it does in the end."""
    found: Told | None = None
    for one in card.of(CardsMerged, CardsUnmerged):
        if one.event.side == "retired":
            found = one if isinstance(one.event, CardsMerged) else None
    return found


def _totals(card: Card) -> dict[int, Sums]:
    """By year, what live lines of insured bills come to, with all that others' years count here."""
    over = {one.event.order for one in card.of(ChargeReversed, ChargeLapsed)}
    found: dict[int, Counter[int]] = {}
    for bill in {one.event.bill: one.event for one in card.of(BillSettled)}.values():
        for line in bill.lines if bill.category else ():
            if line.order not in over:
                _add(found, bill.visit.date.year, _borne(bill, line))
    for (_, year), given in _given(card).items():
        _add(found, year, given)
    return {year: (total[0], total[1], total[2], total[3]) for year, total in found.items()}


def _add(found: dict[int, Counter[int]], year: int, more: Sums) -> None:
    total = found.setdefault(year, Counter())
    for n, amount in enumerate(more):
        total[n] += amount


def _borne(bill: BillSettled, line: BillLine) -> Sums:
    inpatient = bill.category == "inpatient"
    insurer = (0, line.insurer) if inpatient else (line.insurer, 0)
    return (*insurer, line.counted or 0, line.major_illness)


def _was_given_up(card: Card) -> bool:
    return any(one.sayer == "billing" for one in card.of(AnyRecordGivenUp))
