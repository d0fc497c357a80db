"""May this visit be opened, cancelled, closed? The gate to everything else in a visit."""

from __future__ import annotations

from services.registration.state import EndedVisit, State
from services.registration.visit import OpenVisit, Slot
from shared.decider import NOTHING, Decision, Hold, Input, Overdue, frame
from shared.events import Event
from shared.events.edge import RegistrationCancellationRequested, RegistrationRequested, VisitCloseRequested
from shared.events.registration import (
    CloseRefused,
    OpenItem,
    RegistrationRefused,
    VisitCancelled,
    VisitClosed,
    VisitRegistered,
)
from shared.reference import Reference

MOST_OPEN_SHOWN = 200
Ending = RegistrationCancellationRequested | VisitCloseRequested


def decide(state: State, event: Input, reference: Reference) -> Decision:
    """Answers each request to open or end a visit exactly once; what it hears besides only changes the state."""
    match event:
        case RegistrationRequested():
            return (_register(state, event, reference),)
        case RegistrationCancellationRequested() | VisitCloseRequested():
            return _end(state, event)
        case Overdue(RegistrationCancellationRequested() | VisitCloseRequested() as request, code):
            return (_refused(request, code, state.open.get(request.visit.id)),)
        case _:
            return NOTHING


def _register(state: State, event: RegistrationRequested, reference: Reference) -> Event:
    slot = Slot(event.where.institution, event.department, event.session, event.date)
    if (event.visit.id, event.visit.date) != (event.id, event.date):
        return RegistrationRefused(**frame(event), code="visit_mismatch")
    if not reference.has_session(slot.institution, slot.department, slot.session, slot.date):
        return RegistrationRefused(**frame(event), code="session_unknown")
    if other := state.holder(slot):
        return RegistrationRefused(**frame(event), code="already_registered", other=other)
    return VisitRegistered(
        **frame(event),
        kind=event.kind,
        department=event.department,
        session=event.session,
        date=event.date,
        treat_first=event.kind == "emergency",
        payer=event.payer,
    )


def _end(state: State, event: Ending) -> Decision:
    visit = state.open.get(event.visit.id) or state.ended.get(event.visit.id)
    if visit is None:
        return Hold("not_registered", "ask")
    if event.visit.date != visit.slot.date:
        return (_refused(event, "visit_mismatch"),)
    if isinstance(visit, EndedVisit):
        return (_refused(event, visit.how),)
    if event.where.institution != visit.slot.institution:
        return (_refused(event, "other_institution"),)
    match event:
        case RegistrationCancellationRequested() if visit.started:
            return (_refused(event, "consultation_started"),)
        case RegistrationCancellationRequested():
            return (VisitCancelled(**frame(event)),)
        case VisitCloseRequested() if _open_items(visit):
            return Hold("still_open", "ask")
        case VisitCloseRequested():
            return (VisitClosed(**frame(event)),)


def _refused(event: Ending, code: str, visit: OpenVisit | None = None) -> Event:
    if isinstance(event, RegistrationCancellationRequested):
        return RegistrationRefused(**frame(event), code=code)
    return CloseRefused(**frame(event), code=code, open=_open_items(visit)[:MOST_OPEN_SHOWN] if visit else [])


def _open_items(visit: OpenVisit) -> list[OpenItem]:
    """What keeps a visit open, in the order it is done. An order no bill was seen for stands for its bill."""
    bills = dict.fromkeys((*visit.owed.values(), *visit.unbilled))
    return [
        *(OpenItem(kind="consultation", id=id) for id in visit.undecided),
        *(OpenItem(kind=kind, id=id) for id, kind in visit.orders.items()),
        *(OpenItem(kind="bill", id=id) for id in bills),
    ]
