"""Carrying a year's totals to the card a card was merged into, and back.

A merge is one fact on each card; the years of a card are streams of their own. So the card's stream, which hears the
merge, asks each year; the year says YearCarried on the kept card's key, and again whenever its total changes while the
cards are one; the kept card's year hears it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Literal, get_args

from services.billing.settlement import Year
from services.billing.shapes import Merged, State
from services.billing.state import evolve
from shared.decider import Admit, Deadline, Input, Overdue, frame
from shared.events import AnyEvent, Event
from shared.events.billing import CapIrregular, CapPassed, YearCarried, YearCarryWanted
from shared.events.cards import CardsMerged, CardsUnmerged
from shared.reference import Reference

Cap = Literal["outpatient", "inpatient", "major_illness"]
CAPS: tuple[Cap, ...] = get_args(Cap)


def ask_years(event: CardsMerged | CardsUnmerged, reference: Reference) -> tuple[YearCarryWanted, ...]:
    """Every year that may have a bill by some scheme's rules: from the first of them to the one after the merge, for a
    visit may be opened for a day to come. Only the card that retires carries."""
    if event.side != "retired" or not reference.schemes.rows:
        return ()
    first = min(since.year for dated in reference.schemes.rows.values() for since, _ in dated)
    into = event.other if isinstance(event, CardsMerged) else None
    return tuple(
        YearCarryWanted(**frame(event), year=year, into=into) for year in range(first, event.log_time.year + 2)
    )


def carry_back(state: State, event: YearCarryWanted) -> tuple[YearCarried, ...]:
    """Exactly what counts there, where the card does not count with that card any more."""
    there = state.merged
    if not there.into or there.into == event.into or there.counts == Year():
        return ()
    return (_carried(event, there, event.year, "back", there.counts),)


def carry_on(state: State, event: Input, said: Sequence[AnyEvent | Deadline | Admit]) -> tuple[YearCarried, ...]:
    """What counts of this card's year at the card it was merged into, whenever an event has made it another."""
    if isinstance(event, Overdue) or not (state.merged.into or isinstance(event, YearCarryWanted)):
        return ()  # No request changes a year by itself.
    for one in (event, *said):
        state = state if isinstance(one, Deadline | Admit) else evolve(state, one)
    there = state.merged
    if not there.into or there.counts == state.total:
        return ()
    return (_carried(event, there, year_of(event), "over", state.total),)


def pass_caps(state: State, event: YearCarryWanted | YearCarried, reference: Reference) -> tuple[CapPassed, ...]:
    """The caps that this brings the year above, or further above, with what was carried to it."""
    before, after = above(state, event.year, reference), above(evolve(state, event), event.year, reference)
    return tuple(
        CapPassed(**frame(event), year=event.year, cap=cap, above=by)
        for cap, by in after.items()
        if by > before.get(cap, 0)
    )


def above(state: State, year: int, reference: Reference) -> dict[Cap, int]:
    """By how much a year is above its caps. Where a card counts elsewhere, that is the other card's."""
    if state.merged.into:
        return {}
    return {cap: by for cap, limit in caps(year, reference) if (by := getattr(state.total, cap) - limit) > 0}


def record(event: CapPassed) -> CapIrregular:
    """On the card's own stream, where a desk's word on how it was set right is heard too."""
    return CapIrregular(**frame(event), code="cap_passed", act=event)


def caps(year: int, reference: Reference) -> Iterator[tuple[Cap, int]]:
    """The highest that any scheme in force in the year has for each cap: cards of one person may be in several."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    terms = [
        terms
        for dated in reference.schemes.rows.values()
        for (since, terms), (until, _) in pairwise([*dated, (date.max, None)])
        if since <= last and until > first and terms
    ]
    for cap in CAPS if terms else ():
        yield cap, max(one.major_illness.cap if cap == "major_illness" else one.caps[cap] for one in terms)


def year_of(event: AnyEvent) -> int:
    """The insurance year an event is filed under."""
    match event:
        case YearCarryWanted() | YearCarried() | CapPassed():
            return event.year
        case Event():
            return event.visit.date.year
    raise TypeError(f"{type(event).__name__} is about no year")


def _carried(event: AnyEvent, there: Merged, year: int, how: Literal["over", "back"], of: Year) -> YearCarried:
    return YearCarried(card=there.into, where=event.where, other=there.card, year=year, how=how, **of._asdict())
