"""What consultation remembers of one visit: whether it is open, and what of it is not decided yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal

from shared.events import Event
from shared.events.consultation import ConsultationAccepted, ConsultationIrregular
from shared.events.edge import ConsultationRecorded, RegistrationCancellationRequested, VisitCloseRequested
from shared.events.registration import (
    CloseRefused,
    RegistrationRefused,
    VisitCancelled,
    VisitClosed,
    VisitRegistered,
    VisitResumed,
    VisitSuspended,
)
from shared.unchanging import unchanging

Ended = Literal["visit_cancelled", "visit_closed"]


@unchanging
class Undecided:
    """A request without its verdict: a consultation's record, or one to end the visit."""

    id: str
    ends: bool


@unchanging
class State:
    """`institution` and `day` (what the visit was opened for) are None until it is registered; `undecided` stands in
    log order. `suspended`: the card may not be used."""

    institution: str | None = None
    day: date | None = None
    treat_first: bool = False
    ended: Ended | None = None
    undecided: tuple[Undecided, ...] = ()
    suspended: bool = False

    def ending_before(self, record: str) -> bool:
        """Whether an undecided request to end the visit stands before that record in the log.

        A record that is not among the undecided has just come, so all of them stand before it.
        """
        for request in self.undecided:
            if request.id == record:
                return False
            if request.ends:
                return True
        return False


INITIAL = State()


def evolve(state: State, event: Event) -> State:
    """The state after an event; the same object when it changes nothing."""
    match event:
        case VisitRegistered():
            where, day = event.where.institution, event.visit.date
            return replace(state, institution=where, day=day, treat_first=event.treat_first)
        case VisitCancelled():
            return replace(state, ended="visit_cancelled", undecided=())
        case VisitClosed():
            return replace(state, ended="visit_closed", undecided=())
        case _ if state.ended:
            return state
        case VisitSuspended() | VisitResumed():
            return replace(state, suspended=isinstance(event, VisitSuspended))
        case RegistrationCancellationRequested() | VisitCloseRequested():
            return replace(state, undecided=(*state.undecided, Undecided(event.id, ends=True)))
        case RegistrationRefused() | CloseRefused():
            return _decided(state, event.causation)
        case ConsultationRecorded():
            return replace(state, undecided=(*state.undecided, Undecided(event.id, ends=False)))
        case ConsultationAccepted() | ConsultationIrregular():
            return _decided(state, event.consultation)
        case _:
            return state


def _decided(state: State, id: str | None) -> State:
    """Without that request, if it waits: RegistrationRefused also answers a registration that only names this visit."""
    left = tuple(request for request in state.undecided if request.id != id)
    return state if len(left) == len(state.undecided) else replace(state, undecided=left)
