"""What pharmacy knows of one visit: its prescription lines and how each prescription was reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date
from typing import Literal

from shared.decider import Input
from shared.events import billing, consultation, pharmacy, registration
from shared.unchanging import unchanging

Review = Literal["awaited", "passed", "returned"]


@unchanging
class Line:
    """One prescription line. `ended` is the code of what became of it first (`order_cancelled`, `order_lapsed`,
    `already_dispensed`), empty while it is live. `quantity` is the decimal text prescribed."""

    prescription: str
    code: str
    display: str
    quantity: str
    unit: str
    institution: str
    treat_first: bool = False
    cleared: bool = False
    ended: str = ""

    def may_be_dispensed(self) -> bool:
        """Whether payment does not hold it up."""
        return self.cleared or self.treat_first


@unchanging
class State:
    """All lines of the visit by order id, the review of every prescription whose lines are complete, whether the visit
    was cancelled, and the date it was opened for, which its lines tell."""

    lines: Mapping[str, Line] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    cancelled: bool = False
    suspended: bool = False
    day: date | None = None

    def mismatches(self, day: date) -> bool:
        """Whether the visit is known, and not to be of that day. Its id is the stream's own."""
        return self.day not in {None, day}


INITIAL = State()


@unchanging
class Prescription:
    """One complete prescription, as a decision sees it."""

    review: Review
    lines: Mapping[str, Line]

    def live(self) -> dict[str, Line]:
        """The lines neither cancelled, lapsed nor dispensed, by order id, in the order prescribed."""
        return {order: line for order, line in self.lines.items() if not line.ended}

    def institution(self) -> str:
        """Where it was prescribed: one consultation's lines share their place."""
        return next(iter(self.lines.values())).institution


def prescription(state: State, id: str) -> Prescription | None:
    """The prescription, or None until its consultation was accepted: before that, lines may still come."""
    lines = {order: line for order, line in state.lines.items() if line.prescription == id}
    return Prescription(state.reviews[id], lines) if lines and id in state.reviews else None


def _of_the_visit(state: State, event: Input) -> State:
    if isinstance(event, registration.VisitCancelled):
        return state if state.cancelled else replace(state, cancelled=True)
    suspended = isinstance(event, registration.VisitSuspended)
    return state if state.suspended == suspended else replace(state, suspended=suspended)


def evolve(state: State, event: Input) -> State:
    """The state after an event or a fact; the same object when it changes nothing."""
    match event:
        case registration.VisitCancelled() | registration.VisitSuspended() | registration.VisitResumed():
            return _of_the_visit(state, event)
        case consultation.MedicationPrescribed() if event.order not in state.lines:
            return _with(replace(state, day=event.visit.date), {event.order: _line(event)})
        case consultation.ConsultationAccepted(prescription=str(id)) if id not in state.reviews:
            return _reviewed(state, id, "awaited")
        case pharmacy.MedicationReady():
            return _reviewed(state, event.prescription, "passed")
        case pharmacy.PrescriptionReturned():
            return _reviewed(state, event.prescription, "returned")
        case billing.OrderCleared(order=order) if order in state.lines and not state.lines[order].cleared:
            return _with(state, {order: replace(state.lines[order], cleared=True)})
        case billing.ChargeLapsed():
            return _ended(state, "order_lapsed", event.order)
        case pharmacy.OrderCancelled():
            return _ended(state, "order_cancelled", event.order)
        case pharmacy.MedicationDispensed():
            return _ended(state, "already_dispensed", *(line.order for line in event.lines))
        case _:
            return state


def _line(event: consultation.MedicationPrescribed) -> Line:
    return Line(
        prescription=event.prescription,
        code=event.code,
        display=event.display,
        quantity=event.quantity,
        unit=event.unit,
        institution=event.where.institution,
        treat_first=event.treat_first,
    )


def _reviewed(state: State, id: str, review: Review) -> State:
    if state.reviews.get(id) == review:
        return state
    return replace(state, reviews={**state.reviews, id: review})


def _ended(state: State, code: str, *orders: str) -> State:
    """A line ends once: what comes later (a lapse after a treat-first hand-over) does not change what became of it."""
    live = (order for order in orders if order in state.lines and not state.lines[order].ended)
    return _with(state, {order: replace(state.lines[order], ended=code) for order in live})


def _with(state: State, changed: Mapping[str, Line]) -> State:
    return replace(state, lines={**state.lines, **changed}) if changed else state
