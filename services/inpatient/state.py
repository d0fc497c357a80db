"""What inpatient knows of one visit: its bed, what it still waits for, and what was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import date

from shared.decider import Input
from shared.events import beds, billing, consultation, edge, examination, inpatient, lab, pharmacy, registration
from shared.events.base import ward_key
from shared.unchanging import unchanging


@unchanging
class Wish:
    """A bed of a ward (its key) that the visit may have."""

    id: str
    queue: str


@unchanging
class Bed:
    """The bed the patient lies in, and the wish it was given for."""

    queue: str
    bed: str
    wish: str


@unchanging
class State:
    """`institution` and `day` are of the visit, once it is registered after an order of `admission`. `wish` is the one
    open wish; `held` the ward (its key) of one that was taken back for a suspension; `offered` the bed given for a wish
    while a cancellation is being decided. `undecided` are cancellations without a verdict, `orders` what is not done
    yet, `unsettled` what was given and is not paid or covered, and whether its settlement is ordered. `ended` is the
    code of why the visit has no stay any more."""

    institution: str = ""
    day: date | None = None
    admission: str = ""
    treat_first: bool = False
    wish: Wish | None = None
    held: str = ""
    offered: Bed | None = None
    bed: Bed | None = None
    admitted: date | None = None
    ended: str = ""
    undecided: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    unsettled: Mapping[str, bool] = field(default_factory=dict)
    bed_days: tuple[date, ...] = ()

    def mismatches(self, day: date) -> bool:
        """Whether the visit is known, and not to be of that day. Its id is the stream's own."""
        return self.day not in {None, day}

    def key(self, ward: str) -> str:
        """The key of a ward of the visit's institution."""
        return ward_key(self.institution, ward)

    def unordered(self) -> tuple[str, ...]:
        """What was given and nobody ordered to be settled yet."""
        return tuple(order for order, ordered in self.unsettled.items() if not ordered)


INITIAL = State()


def evolve(state: State, event: Input) -> State:
    """The state after an event or a fact; the same object when it changes nothing."""
    match event:
        case registration.VisitRegistered(kind="inpatient", admission=str(order)) if not state.admission:
            registered = replace(state, institution=event.where.institution, day=event.visit.date)
            return replace(registered, admission=order, treat_first=event.treat_first)
        case registration.VisitCancelled() if not state.ended:
            return replace(state, ended="visit_cancelled", undecided=())
        case edge.RegistrationCancellationRequested() if not state.ended:
            return replace(state, undecided=(*state.undecided, event.id))
        case registration.RegistrationRefused() if event.causation in state.undecided:
            return replace(state, undecided=tuple(id for id in state.undecided if id != event.causation))
        case registration.VisitSuspended() if state.wish and state.bed is None:
            return replace(state, held=state.wish.queue)
        case registration.VisitResumed() if state.held:
            return replace(state, held="")
        case beds.BedAssigned() if state.undecided and state.wish and state.wish.id == event.wish:
            return replace(state, offered=Bed(event.queue, event.bed, event.wish))
    return _given(_stayed(state, event), event)


def _stayed(state: State, event: Input) -> State:
    match event:
        case inpatient.BedWanted():
            return replace(state, wish=Wish(event.wish, event.queue))
        case inpatient.BedVacated() if state.wish and state.wish.id == event.wish:
            return replace(state, wish=None, offered=None)
        case inpatient.PatientAdmitted():
            bed = Bed(state.key(event.ward), event.bed, event.wish)
            return replace(state, bed=bed, admitted=event.day, wish=None, offered=None)
        case inpatient.PatientTransferred():
            bed = Bed(state.key(event.ward), event.bed, event.wish)
            moved = replace(state, bed=bed)
            return replace(moved, wish=None, offered=None) if state.wish and state.wish.id == event.wish else moved
        case inpatient.PatientDischarged():
            return replace(state, bed=None, ended="already_discharged")
        case _:
            return state


def _given(state: State, event: Input) -> State:
    match event:
        case inpatient.InpatientServiceRecorded():
            days = (*state.bed_days, event.day) if event.kind == "bed_day" else state.bed_days
            return replace(state, unsettled={**state.unsettled, event.order: False}, bed_days=days)
        case inpatient.DischargeOrdered():
            return replace(state, unsettled={**state.unsettled, **dict.fromkeys(event.orders, True)})
        case billing.OrderCleared() if event.order in state.unsettled:
            left = {order: ordered for order, ordered in state.unsettled.items() if order != event.order}
            return replace(state, unsettled=left)
        case (
            consultation.LabTestOrdered() | consultation.ExaminationOrdered() | consultation.MedicationPrescribed()
        ) if event.order not in state.orders:
            return replace(state, orders=(*state.orders, event.order))
        case (
            lab.LabResultReported()
            | lab.OrderCancelled()
            | examination.ExaminationReported()
            | examination.OrderCancelled()
            | pharmacy.OrderCancelled()
            | billing.ChargeLapsed()
        ):
            return _done(state, (event.order,))
        case pharmacy.PrescriptionReturned():
            return _done(state, event.orders)
        case pharmacy.MedicationDispensed():
            return _done(state, (line.order for line in event.lines))
        case _:
            return state


def _done(state: State, orders: Iterable[str]) -> State:
    gone = set(orders)
    left = tuple(order for order in state.orders if order not in gone)
    return state if len(left) == len(state.orders) else replace(state, orders=left)
