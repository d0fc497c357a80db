"""May this visit be opened, cancelled, closed? The gate to everything else in a visit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.registration.admission import Admission, admitted
from services.registration.standing import TREAT_FIRST, after, hindered, unproven
from services.registration.state import EndedVisit, State
from services.registration.tickets import QUEUED, Wanted
from services.registration.visit import OpenVisit, Slot, open_items
from shared.decider import NOTHING, Decision, Hold, Input, Overdue, frame
from shared.events import CardEvent, Event, Request
from shared.events.base import Visit
from shared.events.edge import RegistrationCancellationRequested, RegistrationRequested, VisitCloseRequested
from shared.events.inpatient import PatientAdmitted
from shared.events.registration import (
    CloseRefused,
    RegistrationRefused,
    TicketWanted,
    TicketWithdrawn,
    VisitCancelled,
    VisitClosed,
    VisitRegistered,
    VisitResumed,
    VisitSuspended,
)
from shared.reference import Reference

MOST_OPEN_SHOWN = 200
Ending = RegistrationCancellationRequested | VisitCloseRequested


def decide(state: State, event: Input, reference: Reference) -> Decision:
    """Answers each request to open or end a visit exactly once; what it hears besides only changes the state."""
    match event:
        case CardEvent():
            return tuple(_visits_follow(state, event))
        case PatientAdmitted() if state.card.hindrance and event.visit.id in state.open:
            return (VisitResumed(**frame(event)),)
        case RegistrationRequested():
            return _gate(state, event, reference)
        case RegistrationCancellationRequested() | VisitCloseRequested():
            return _end(state, event)
        case Overdue(RegistrationCancellationRequested() | VisitCloseRequested() as request, code):
            return (_refused(request, code, state.open.get(request.visit.id)),)
        case Overdue(RegistrationRequested() as request, code):
            return _not_registered(state, request, code)
        case _:
            return NOTHING


def _gate(state: State, event: RegistrationRequested, reference: Reference) -> Decision:
    """The card's own standing comes first: nobody learns of visits with a card that may not be used."""
    match hindered(state.card, event, reference):
        case Hold() as hold:
            return hold
        case str() as code:
            return _not_registered(state, event, code)
        case _:
            return _register(state, event, reference)


def _visits_follow(state: State, event: CardEvent) -> Iterator[Event]:
    """Every open visit is suspended when the card may not be used any more, and resumed when it may again; but who
    lies in a bed is cared for."""
    before, now = state.card.hindrance, after(state.card, event).hindrance
    if bool(before) == bool(now):
        return
    for id, visit in state.open.items():
        if visit.admitted:
            continue
        about: dict[str, Any] = {"card": event.card, "visit": Visit(id=id, date=visit.slot.date), "where": event.where}
        yield VisitSuspended(**about, code=now) if now else VisitResumed(**about)


def _register(state: State, event: RegistrationRequested, reference: Reference) -> Decision:
    slot = Slot.of(event)
    if (event.visit.id, event.visit.date) != (event.id, event.date):
        return _not_registered(state, event, "visit_mismatch")
    if event.kind != "inpatient" and not reference.has_session(
        slot.institution, slot.department, slot.session, slot.date
    ):
        return _not_registered(state, event, "session_unknown")
    if event.package is not None and not _has_package(event, reference):
        return _not_registered(state, event, "package_unknown")
    if other := state.holder(slot):
        return _not_registered(state, event, "already_registered", other)
    return _into_ward(state, event) if event.kind == "inpatient" else _with_ticket(state, event, slot)


def _has_package(event: RegistrationRequested, reference: Reference) -> bool:
    return event.kind == "checkup" and reference.package(event.package or "", event.date) is not None


def _into_ward(state: State, event: RegistrationRequested) -> Decision:
    """A stay follows an admission order, and has no session and no number."""
    match admitted(state.admissions, state.open, event):
        case Hold() as hold:
            return hold
        case Admission(ward=ward):
            return (_registered(state, event, ward=ward),)
        case (code, other):
            return _not_registered(state, event, code, other)


def _with_ticket(state: State, event: RegistrationRequested, slot: Slot) -> Decision:
    """An outpatient is registered with a number or not at all; nobody in need waits for one."""
    match state.wanted.get(event.visit.id):
        case Wanted(code=code) if code:
            return _not_registered(state, event, code)
        case Wanted(number=number) if number:
            return (_registered(state, event, number),)
        case Wanted():
            return Hold("ticket_not_issued", "ask")
        case None if event.kind == "emergency":
            return _registered(state, event), _wanted(event, slot)
        case None if event.kind not in QUEUED:
            return (_registered(state, event),)
        case None if state.is_wanted(slot):
            return Hold("registration_pending", "ask")
        case None:
            return Hold("ticket_not_issued", "ask", says=(_wanted(event, slot),))


def _registered(
    state: State, event: RegistrationRequested, ticket: int | None = None, ward: str | None = None
) -> VisitRegistered:
    entitled = state.card.entitled(event.date)
    return VisitRegistered(
        **frame(event),
        kind=event.kind,
        department=event.department,
        session=event.session,
        date=event.date,
        payer=event.payer,
        treat_first=event.kind == "emergency" or TREAT_FIRST in entitled,
        entitlements=entitled or None,
        proxy=event.proxy,
        assurance=event.assurance,
        ticket=ticket,
        admission=event.admission if ward else None,
        ward=ward,
        package=event.package,
    )


def _not_registered(state: State, event: RegistrationRequested, code: str, other: str | None = None) -> Decision:
    """Refused, and no ticket is left behind: one that was wanted, and that the queue has not refused, is withdrawn."""
    refused = RegistrationRefused(**frame(event), code=code, other=other)
    wanted = state.wanted.get(event.visit.id)
    return (refused,) if wanted is None or wanted.code else (refused, _withdrawn(event, wanted.queue))


def _wanted(event: RegistrationRequested, slot: Slot) -> TicketWanted:
    return TicketWanted(**frame(event), queue=slot.queue, kind=event.kind)


def _withdrawn(event: Request, queue: str) -> TicketWithdrawn:
    return TicketWithdrawn(**frame(event), queue=queue)


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
    if code := unproven(state.card, event):
        return (_refused(event, code),)
    match event:
        case RegistrationCancellationRequested() if visit.started:
            return (_refused(event, "checkup_started" if visit.checkup else "consultation_started"),)
        case VisitCloseRequested() if visit.package or open_items(visit):
            return Hold("still_open", "ask")
    ended = VisitClosed if isinstance(event, VisitCloseRequested) else VisitCancelled
    # A number that nobody called any more would keep its place from others; one whom a doctor has seen has used it.
    leaves_the_line = visit.queued and not visit.started
    return (ended(**frame(event)), *([_withdrawn(event, visit.slot.queue)] if leaves_the_line else ()))


def _refused(event: Ending, code: str, visit: OpenVisit | None = None) -> Event:
    if isinstance(event, RegistrationCancellationRequested):
        return RegistrationRefused(**frame(event), code=code)
    return CloseRefused(
        **frame(event),
        code=code,
        checkup=(visit.package or None) if visit else None,
        open=open_items(visit)[:MOST_OPEN_SHOWN] if visit else [],
    )
