"""住院: one bed at a time, what is given in it, and home with a summary once all is done and settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.inpatient.state import Bed, State
from shared.decider import NOTHING, Decision, Hold, Input, Overdue, frame
from shared.events import AnyEvent, Event, Request, VisitRequest, beds, inpatient, registration
from shared.events.base import SHANGHAI, derive, ward_key
from shared.events.edge_inpatient import DischargeRequested, InpatientServiceGiven, TransferRequested
from shared.events.inpatient import MOST_SETTLED
from shared.events.queue_key import queue_of
from shared.reference import Reference


def decide(state: State, event: Input, _reference: Reference) -> Decision:
    """Answer one event with facts, or hold it. Total and pure."""
    match event:
        case VisitRequest() if state.mismatches(event.visit.date):
            return _against(state, event, "visit_mismatch")
        case registration.VisitRegistered(kind="inpatient", admission=str(order), ward=str(ward)):
            wish = derive(order, "wish", event.visit.id)
            return () if state.admission else (_wanted(event, ward_key(event.where.institution, ward), wish),)
        case registration.VisitCancelled() | registration.VisitSuspended() | registration.VisitResumed():
            return _wish_follows(state, event)
        case registration.RegistrationRefused() if state.offered and state.undecided == (event.causation,):
            return _moved_in(state, event, state.offered)
        case beds.BedAssigned():
            return _assigned(state, event)
        case TransferRequested():
            return _transfer(state, event)
        case InpatientServiceGiven():
            return _service(state, event)
        case DischargeRequested():
            return _discharge(state, event)
        case Overdue(request, code):
            return _against(state, request, code)
        case _:
            return NOTHING


def _wish_follows(
    state: State, event: registration.VisitCancelled | registration.VisitSuspended | registration.VisitResumed
) -> Decision:
    """Nobody is admitted while the card may not be used: the wish is taken back, and said anew when it may again."""
    match event:
        case registration.VisitResumed():
            return (_wanted(event, state.held, event.derive("wish")),) if state.held and not state.ended else NOTHING
        case registration.VisitSuspended() if state.bed:
            return NOTHING
        case _:
            return _wish_over(state, event)


def _assigned(state: State, event: beds.BedAssigned) -> Decision:
    """A bed whose wish is over is given back by the word that ended the wish: beds hears it in any order."""
    given = Bed(event.queue, event.bed, event.wish)
    if state.bed and state.bed.wish == event.wish and state.bed != given:
        return (_transferred(event, state.bed, given),)
    if state.wish is None or state.wish.id != event.wish or state.undecided:
        return NOTHING
    return _moved_in(state, event, given)


def _moved_in(state: State, event: Event, bed: Bed) -> Decision:
    """Into the first bed; or into another, and the one before is free at the same moment."""
    if state.bed:
        return _transferred(event, state.bed, bed), _vacated(event, state.bed.queue, state.bed.wish)
    admitted = inpatient.PatientAdmitted(
        **frame(event),
        admission=state.admission,
        ward=_ward(bed),
        bed=bed.bed,
        wish=bed.wish,
        day=_day(event),
    )
    return (admitted,)


def _transfer(state: State, event: TransferRequested) -> Decision:
    to = state.key(event.ward) if state.institution else ""
    match state:
        case State(ended=code) if code:
            return _against(state, event, code)
        case State(bed=None):
            return Hold("not_admitted", "ask")
        case State(institution=institution) if institution != event.where.institution:
            return _against(state, event, "other_institution")
        case State(bed=Bed(queue=queue)) if queue == to:
            return _against(state, event, "already_in_ward")
        case _ if state.wish and state.wish.queue == to:
            return _against(state, event, "transfer_ordered")
        case _:
            wish = event.derive("wish")
            ordered = inpatient.TransferOrdered(**frame(event), ward=event.ward, wish=wish, reason=event.reason)
            return ordered, *_wish_over(state, event), _wanted(event, to, wish)


def _service(state: State, event: InpatientServiceGiven) -> Decision:
    match state:
        case State(ended=code) if code:
            return _against(state, event, code)
        case State(admitted=None):
            return Hold("not_admitted", "done")
        case State(institution=institution) if institution != event.where.institution:
            return _against(state, event, "other_institution")
        case State(admitted=date() as first) if not first <= event.day <= _day(event):
            return _against(state, event, "day_out_of_stay")
        case State(bed_days=days) if event.kind == "bed_day" and event.day in days:
            return _against(state, event, "already_recorded")
        case _:
            recorded = inpatient.InpatientServiceRecorded(
                **frame(event),
                order=event.derive("service"),
                kind=event.kind,
                item=event.item,
                display=event.display,
                quantity=event.quantity,
                unit=event.unit,
                day=event.day,
            )
            return (recorded,)


def _discharge(state: State, event: DischargeRequested) -> Decision:
    match state:
        case State(ended=code) if code:
            return _against(state, event, code)
        case State(admitted=None):
            return Hold("not_admitted", "ask")
        case State(institution=institution) if institution != event.where.institution:
            return _against(state, event, "other_institution")
        case _ if event.summary is None:
            return _against(state, event, "no_summary")
        case State(orders=orders) if orders:
            return Hold("open_orders", "ask")
        case State(treat_first=False, unsettled=unsettled) if unsettled:
            return Hold("not_settled", "ask", says=_to_settle(state, event))
        case _:
            return (*_to_settle(state, event), *_discharged(state, event))


def _discharged(state: State, event: DischargeRequested) -> Sequence[AnyEvent]:
    """Home; the bed is free, and no other is wanted any more."""
    if event.summary is None or state.admitted is None or state.bed is None:
        return ()
    discharged = inpatient.PatientDischarged(
        **frame(event), admitted=state.admitted, day=_day(event), summary=event.summary
    )
    return discharged, _vacated(event, state.bed.queue, state.bed.wish), *_wish_over(state, event)


def _to_settle(state: State, event: Event) -> tuple[AnyEvent, ...]:
    """What was given since settlement was last ordered, as many at a time as a bill has lines."""
    orders = state.unordered()
    parts = [orders[at : at + MOST_SETTLED] for at in range(0, len(orders), MOST_SETTLED)]
    return tuple(inpatient.DischargeOrdered(**frame(event), orders=list(part)) for part in parts)


def _wish_over(state: State, event: Event) -> tuple[AnyEvent, ...]:
    return (_vacated(event, state.wish.queue, state.wish.id),) if state.wish else ()


def _wanted(event: Event, queue: str, wish: str) -> AnyEvent:
    return inpatient.BedWanted(queue=queue, where=event.where, card=event.card, visit=event.visit, wish=wish)


def _vacated(event: Event, queue: str, wish: str) -> AnyEvent:
    return inpatient.BedVacated(queue=queue, where=event.where, card=event.card, visit=event.visit, wish=wish)


def _transferred(event: Event, old: Bed, new: Bed) -> AnyEvent:
    return inpatient.PatientTransferred(
        **frame(event), ward=_ward(new), bed=new.bed, from_ward=_ward(old), from_bed=old.bed, wish=new.wish
    )


def _ward(bed: Bed) -> str:
    return queue_of(bed.queue).place


def _day(event: Event) -> date:
    """The Shanghai day it happened on."""
    return event.time.astimezone(SHANGHAI).date()


def _against(state: State, request: Request, code: str) -> Decision:
    """The last word on a request: an ask is refused, a done act is kept whole as irregular."""
    match request:
        case InpatientServiceGiven():
            return (inpatient.InpatientServiceIrregular(**frame(request), code=code, act=request),)
        case TransferRequested():
            return (inpatient.TransferRefused(**frame(request), code=code),)
        case DischargeRequested():
            waits = {"open_orders": state.orders, "not_settled": tuple(state.unsettled)}.get(code, ())
            return (inpatient.DischargeRefused(**frame(request), code=code, orders=list(waits[:MOST_SETTLED])),)
        case _:
            return NOTHING
