"""State, INITIAL and evolve: one visit as everybody who asks about it needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.guide import answers, boards, checkups, money, onward, orders, rooms, stays
from services.guide.keeping import change, utc
from services.guide.shapes import State, Visit
from shared.events import AnyEvent, Event
from shared.events.edge import RegistrationRequested
from shared.events.intake import RequestRefused
from shared.events.registration import (
    RegistrationRefused,
    VisitCancelled,
    VisitClosed,
    VisitRegistered,
    VisitResumed,
    VisitSuspended,
)

INITIAL = State()


def evolve(state: State, event: AnyEvent) -> State:
    """The state after an event; the same object when the event changes nothing of it. Total, in any order."""
    if not state.since:
        # Whoever reports first owns the visit until it is registered: even an act without a visit has a desk.
        since, institution = utc(event.log_time), event.where.institution
        # A queue is found by its key alone, and is on no desk's list.
        id, institution = (event.visit.id, institution) if isinstance(event, Event) else ("", "")
        state = change(state, id=id, since=since, institution=institution)
    state = answers.hear(state, event)
    part = PARTS.get(type(event))
    return part(state, event) if part else state


def _asked(state: State, event: RegistrationRequested) -> State:
    if state.visit.status != "not_seen" or event.id != event.visit.id:
        return state
    return change(state, institution=event.where.institution, visit=_described(Visit("asked"), event))


def _registered(state: State, event: VisitRegistered) -> State:
    status = state.visit.status if state.visit.status in ("cancelled", "closed") else "registered"
    visit = replace(_described(Visit(status), event), treat_first=event.treat_first, at=utc(event.log_time))
    state = change(state, institution=event.where.institution, visit=visit)
    return checkups.expected(stays.expected(state, event), event)


def _described(visit: Visit, event: RegistrationRequested | VisitRegistered) -> Visit:
    return replace(
        visit, kind=event.kind, department=event.department, session=event.session, date=event.date.isoformat()
    )


def _refused(state: State, event: RegistrationRefused | RequestRefused) -> State:
    """A refused cancellation leaves the visit as it is: only what refuses the opening request refuses the visit."""
    request = event.request if isinstance(event, RequestRefused) else event.causation
    if state.visit.status not in ("not_seen", "asked") or request != event.visit.id:
        return state
    return change(state, visit=replace(state.visit, status="refused", code=event.code))


def _cancelled(state: State, event: VisitCancelled) -> State:
    return change(state, visit=replace(state.visit, status="cancelled", code=""))


def _suspended(state: State, event: VisitSuspended) -> State:
    found = state.visit.status == "registered"
    return change(state, visit=replace(state.visit, status="suspended", code=event.code)) if found else state


def _resumed(state: State, event: VisitResumed) -> State:
    found = state.visit.status == "suspended"
    return change(state, visit=replace(state.visit, status="registered", code="")) if found else state


def _closed(state: State, event: VisitClosed) -> State:
    return change(state, visit=replace(state.visit, status="closed", code=""))


PARTS: dict[type[AnyEvent], Callable[[State, Any], State]] = {
    RegistrationRequested: _asked,
    VisitRegistered: _registered,
    RegistrationRefused: _refused,
    RequestRefused: _refused,
    VisitCancelled: _cancelled,
    VisitClosed: _closed,
    VisitSuspended: _suspended,
    VisitResumed: _resumed,
    **boards.EVOLVE,
    **checkups.EVOLVE,
    **money.EVOLVE,
    **onward.EVOLVE,
    **orders.EVOLVE,
    **rooms.EVOLVE,
    **stays.EVOLVE,
}

__all__ = ["INITIAL", "State", "evolve"]
