"""What a year remembers of merged cards: what counts here of theirs, and where this one's counts. Pure."""

from __future__ import annotations

from dataclasses import replace

from services.billing.settlement import Year
from services.billing.shapes import Merged, State
from shared.events.billing import YearCarried, YearCarryWanted


def merged_or_carried(state: State, event: YearCarryWanted | YearCarried) -> State:
    """The state after a card was merged or is its own again, or a year was carried to or from it.

    Whoever says YearCarried on the other card's key folds its own words too: `other` names the sayer.
    """
    match event:
        case YearCarryWanted(into=into) if (into or "") == state.merged.into:
            return state
        case YearCarryWanted(card=card, into=into):
            return replace(state, merged=Merged(card, into or ""))
        case YearCarried(other=other) if other == state.merged.card:
            counts = amounts(event) if event.how == "over" else Year()
            return replace(state, merged=state.merged._replace(counts=counts))
        case YearCarried(other=other):
            others = {card: year for card, year in state.carried.items() if card != other}
            return replace(state, carried={**others, other: amounts(event)} if event.how == "over" else others)


def amounts(event: YearCarried) -> Year:
    """What was carried, as a year."""
    return Year(event.outpatient, event.inpatient, event.counted, event.major_illness)
