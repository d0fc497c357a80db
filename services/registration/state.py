"""What registration remembers of one card: its open visits, the slots of ended ones, and records that came early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date, timedelta
from typing import Literal

from services.registration.admission import Admissions, admissions_after
from services.registration.standing import Standing, after
from services.registration.tickets import QUEUED, Wanted, wanted_after
from services.registration.visit import OpenVisit, OrderKind, Slot, finishes, opens_more
from shared.decider import Input
from shared.events import CardEvent, Event
from shared.events.base import SHANGHAI, package_order
from shared.events.checkup import CheckupItemIrregular
from shared.events.consultation import ConsultationIrregular
from shared.events.edge import ConsultationRecorded, RegistrationRequested
from shared.events.edge_checkup import CheckupItemRecorded
from shared.events.registration import VisitCancelled, VisitClosed, VisitRegistered
from shared.unchanging import unchanging

ENDED_IS_KEPT = timedelta(days=120)
"""As long as requests are kept: after that nothing that names the visit can still come."""


@unchanging
class EndedVisit:
    """What is left of a visit that was cancelled or closed; `how` is the code later requests are refused with."""

    slot: Slot
    how: Literal["visit_cancelled", "visit_closed"]


@unchanging
class EarlyRecord:
    """A record of a visit not registered yet, still without its verdict: a consultation, or an `item` of a check-up."""

    visit: str
    day: date
    institution: str
    item: bool = False


@unchanging
class State:
    """Visits by their id, early records and admission orders by theirs, the card's own standing, and by visit the
    numbers that registrations wait for."""

    open: Mapping[str, OpenVisit] = field(default_factory=dict)
    ended: Mapping[str, EndedVisit] = field(default_factory=dict)
    early: Mapping[str, EarlyRecord] = field(default_factory=dict)
    card: Standing = field(default_factory=Standing)
    wanted: Mapping[str, Wanted] = field(default_factory=dict)
    admissions: Admissions = field(default_factory=dict)

    def holder(self, slot: Slot) -> str | None:
        """The visit that has that slot. A cancelled visit has given its slot back."""
        for id, visit in self.open.items():
            if visit.slot == slot:
                return id
        return next((id for id, one in self.ended.items() if one.slot == slot and one.how == "visit_closed"), None)

    def is_wanted(self, slot: Slot) -> bool:
        """Whether another registration waits for a number in that very queue."""
        return any(one.queue == slot.queue for one in self.wanted.values())


INITIAL = State()


def evolve(state: State, event: Input) -> State:
    """The state after an event; the same object when it changes nothing."""
    wanted = wanted_after(state.wanted, event, state.open)
    if wanted is not state.wanted:
        state = replace(state, wanted=wanted)
    if isinstance(event, CardEvent):
        card = after(state.card, event)
        return state if card is state.card else replace(state, card=card)
    admissions = admissions_after(state.admissions, event)
    return _after(state if admissions is state.admissions else replace(state, admissions=admissions), event)


def _after(state: State, event: Input) -> State:
    match event:
        case RegistrationRequested():
            return _forget(state, event)
        case VisitRegistered():
            return _opened(state, event)
        case VisitCancelled():
            return _ended(state, event.visit.id, "visit_cancelled")
        case VisitClosed():
            return _ended(state, event.visit.id, "visit_closed")
        case ConsultationRecorded() | CheckupItemRecorded() if (
            event.visit.id not in state.open and event.visit.id not in state.ended
        ):
            is_item = isinstance(event, CheckupItemRecorded)
            early = EarlyRecord(event.visit.id, event.visit.date, event.where.institution, is_item)
            return replace(state, early={**state.early, event.id: early})
        case ConsultationIrregular() | CheckupItemIrregular() if event.causation in state.early:
            return replace(state, early={id: state.early[id] for id in state.early if id != event.causation})
        case Event():
            return _went_on(state, event)
        case _:
            return state


def _forget(state: State, event: RegistrationRequested) -> State:
    """Without the ended visits of long ago, so the card's document stays small for ever."""
    if not state.ended:
        return state
    since = event.log_time.astimezone(SHANGHAI).date() - ENDED_IS_KEPT
    kept = {id: visit for id, visit in state.ended.items() if visit.slot.date >= since}
    return state if len(kept) == len(state.ended) else replace(state, ended=kept)


def _opened(state: State, event: VisitRegistered) -> State:
    """With the visit, its registration not billed yet, and the records that came early, name it as it was registered,
    and are of its own institution."""
    id, institution = event.visit.id, event.where.institution
    own = id, event.visit.date, institution
    slot = Slot.of(event)
    early = {
        key: record for key, record in state.early.items() if (record.visit, record.day, record.institution) == own
    }
    queued = event.kind in QUEUED
    orders: dict[str, OrderKind] = {id: "stay"} if event.kind == "inpatient" else {}
    package = package_order(id) if event.package else ""
    visit = OpenVisit(
        slot,
        queued,
        started=bool(early),
        checkup=event.kind == "checkup",
        undecided=tuple(key for key, record in early.items() if not record.item),
        orders=orders,
        package=package,
        unbilled=(id, package) if package else (id,),
    )
    others = {key: record for key, record in state.early.items() if record.visit != id}
    return replace(state, open={**state.open, id: visit}, early=others)


def _ended(state: State, id: str, how: Literal["visit_cancelled", "visit_closed"]) -> State:
    if id not in state.open:
        return state
    others = {key: visit for key, visit in state.open.items() if key != id}
    return replace(state, open=others, ended={**state.ended, id: EndedVisit(state.open[id].slot, how)})


def _went_on(state: State, event: Event) -> State:
    """With the event's own visit given more to do, or any visit of the card with something finished."""
    after = {id: _visit_went_on(id, visit, event) for id, visit in state.open.items()}
    changed = any(after[id] is not visit for id, visit in state.open.items())
    return replace(state, open=after) if changed else state


def _visit_went_on(id: str, visit: OpenVisit, event: Event) -> OpenVisit:
    return finishes(opens_more(visit, event) if id == event.visit.id else visit, event)
