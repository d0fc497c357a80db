"""May an inpatient visit be opened? It follows an admission order of the card, once, and one stay at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.registration.visit import OpenVisit
from shared.decider import Hold, Input
from shared.events.consultation import AdmissionOrdered
from shared.events.edge import RegistrationRequested
from shared.events.registration import VisitCancelled, VisitRegistered
from shared.unchanging import unchanging

NEWEST = 20
"""Admission orders of a card that are remembered."""


@unchanging
class Admission:
    """An order to take the resident in, and the visit that follows it, if one does."""

    institution: str
    ward: str
    visit: str = ""


Admissions = Mapping[str, Admission]


def admissions_after(admissions: Admissions, event: Input) -> Admissions:
    """The orders after an event, the newest of them; the same object when it changes nothing. A cancelled visit gives
    its order back."""
    match event:
        case AdmissionOrdered(order=order) if order not in admissions:
            ordered = {**admissions, order: Admission(event.where.institution, event.ward)}
            return dict(list(ordered.items())[-NEWEST:])
        case VisitRegistered(admission=str(order)) if order in admissions:
            return {**admissions, order: replace(admissions[order], visit=event.visit.id)}
        case VisitCancelled(visit=visit) if any(one.visit == visit.id for one in admissions.values()):
            return {id: replace(one, visit="") if one.visit == visit.id else one for id, one in admissions.items()}
        case _:
            return admissions


def admitted(
    admissions: Admissions, open_visits: Mapping[str, OpenVisit], event: RegistrationRequested
) -> Admission | Hold | tuple[str, str | None]:
    """The order it follows; or what may still come; or the code of why not, with the visit in its way."""
    order = admissions.get(event.admission or "")
    stay = next((id for id, visit in open_visits.items() if "stay" in visit.orders.values()), None)
    match order:
        case _ if event.admission is None:
            return "admission_not_ordered", None
        case None:
            return Hold("admission_not_ordered", "ask")
        case Admission(institution=institution) if institution != event.where.institution:
            return "other_institution", None
        case Admission(visit=visit) if visit:
            return "admission_used", visit
        case _ if stay:
            return "already_in_hospital", stay
        case _:
            return order
