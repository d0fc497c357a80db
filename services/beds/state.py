"""What beds knows of a ward: who wants a bed of it, and who has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date

from shared.decider import Input
from shared.events import beds
from shared.events.inpatient import BedVacated, BedWanted
from shared.unchanging import unchanging


@unchanging
class Patient:
    """The visit of a card, and the wish its bed is, or will be, given for."""

    card: str
    visit: str
    day: date
    wish: str


@unchanging
class State:
    """Who waits, by wish and in order, and who lies where, by bed. A bed is one key, so it has one patient."""

    waiting: Mapping[str, Patient] = field(default_factory=dict)
    taken: Mapping[str, Patient] = field(default_factory=dict)
    moves: int = 0

    def waits(self, card: str, visit: str) -> Patient | None:
        """The visit's own wish for a bed of this ward."""
        return next((one for one in self.waiting.values() if (one.card, one.visit) == (card, visit)), None)

    def bed_of(self, card: str, visit: str) -> str:
        """The bed the visit has in this ward; empty for none."""
        return next((bed for bed, one in self.taken.items() if (one.card, one.visit) == (card, visit)), "")

    def bed_for(self, wish: str) -> str:
        """The bed that was given for a wish; empty for none."""
        return next((bed for bed, one in self.taken.items() if one.wish == wish), "")


INITIAL = State()


def evolve(state: State, event: Input) -> State:
    """The state after an event or a fact; the same object when it changes nothing."""
    match event:
        case BedWanted(wish=wish) if wish not in state.waiting and not state.bed_for(wish):
            patient = Patient(event.card, event.visit.id, event.visit.date, wish)
            return replace(state, waiting={**state.waiting, wish: patient})
        case BedVacated(wish=wish) if wish in state.waiting or state.bed_for(wish):
            return _without(state, wish)
        case beds.BedAssigned(wish=wish, bed=bed):
            patient = Patient(event.card, event.visit.id, event.visit.date, wish)
            left = _without(state, wish)
            return replace(left, taken={**left.taken, bed: patient})
        case beds.WardMoved(move=move):
            return replace(state, moves=move)
        case _:
            return state


def _without(state: State, wish: str) -> State:
    waiting = {id: one for id, one in state.waiting.items() if id != wish}
    return replace(state, waiting=waiting, taken={bed: one for bed, one in state.taken.items() if one.wish != wish})
