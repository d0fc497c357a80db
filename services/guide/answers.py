"""What became of each request: admitted, held for what, refused why, answered by what, irregular."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.guide.asked_shapes import Asked, AskedStatus, Irregular
from services.guide.keeping import change, drop, put, utc
from services.guide.shapes import State
from shared.events import (
    AnyEvent,
    Event,
    VisitRequest,
    beds,
    billing,
    billing_deposits,
    billing_insurer,
    checkup,
    consultation,
    examination,
    inpatient,
    lab,
    pharmacy,
    queues,
    registration,
    wire_type,
)
from shared.events.edge import IrregularityResolutionReported
from shared.events.edge_queues import TicketRequest
from shared.events.intake import QueueRequestRefused, RequestRefused
from shared.events.runtime import CardIrregularityResolved, IrregularityResolved, RequestHeld

ANSWERS: frozenset[type[AnyEvent]] = frozenset(
    {
        registration.VisitRegistered,
        registration.VisitCancelled,
        registration.VisitClosed,
        consultation.ConsultationAccepted,
        billing.PaymentReceived,
        billing.BillSettled,
        billing_insurer.SettlementReversed,
        billing_insurer.InsurerAnswerNoted,
        billing_deposits.DepositReceived,
        billing.RefundConfirmed,
        billing.RefundFailed,
        lab.SpecimenAccepted,
        lab.LabResultReported,
        lab.LabResultAmended,
        lab.CriticalValueAcknowledged,
        lab.OrderCancelled,
        examination.ExaminationScheduled,
        examination.ExaminationCompleted,
        examination.ExaminationReported,
        examination.ExaminationAmended,
        examination.CriticalFindingAcknowledged,
        examination.OrderCancelled,
        pharmacy.MedicationReady,
        pharmacy.PrescriptionReturned,
        pharmacy.PickupReleased,
        pharmacy.MedicationDispensed,
        pharmacy.OrderCancelled,
        beds.BedAssigned,
        beds.WardMoved,
        inpatient.TransferOrdered,
        inpatient.InpatientServiceRecorded,
        inpatient.PatientDischarged,
        checkup.CheckupItemDone,
        checkup.CheckupItemDeclined,
        checkup.CheckupReported,
        queues.TicketIssued,
        queues.QueueMoved,
        IrregularityResolved,
    }
)
"""The facts that answer a request with yes; other facts of the same cause only go with them."""

REFUSALS: frozenset[type[AnyEvent]] = frozenset(
    {
        registration.RegistrationRefused,
        registration.CloseRefused,
        billing.PaymentRefused,
        billing_deposits.DepositRefused,
        lab.CancellationRefused,
        examination.ExaminationScheduleRefused,
        examination.CancellationRefused,
        pharmacy.PickupRefused,
        pharmacy.CancellationRefused,
        beds.BedRefused,
        inpatient.TransferRefused,
        inpatient.DischargeRefused,
        queues.QueueRefused,
    }
)

# A payment that is refused is also given back, so a yes of the same cause never covers a no.
RANK: dict[AskedStatus, int] = {"admitted": 0, "held": 1, "answered": 2, "refused": 3, "irregular": 3}

MOST_OPEN = 20


def hear(state: State, event: AnyEvent) -> State:
    """The state after an event, as far as requests and irregular acts go. Total."""
    match event:
        case TicketRequest():
            return _put(
                state, event.id, replace(state.asked.get(event.id, Asked()), type=event.TYPE, at=utc(event.log_time))
            )
        case queues.TicketCalled() | queues.TicketMissed() | queues.TicketServed():
            # A desk asked the queue for it, and is told there.
            return state
        case VisitRequest():
            asked = state.asked.get(event.id, Asked())
            service = event.service if isinstance(event, IrregularityResolutionReported) else ""
            return _put(state, event.id, replace(asked, type=event.TYPE, at=utc(event.log_time), service=service))
        case RequestHeld():
            asked = replace(state.asked.get(event.request, Asked()), type=event.request_type)
            return _put(state, event.request, _become(asked, "held", event.code, until=utc(event.until)))
        case RequestRefused() | QueueRequestRefused():
            asked = replace(state.asked.get(event.request, Asked()), type=event.request_type)
            return _put(state, event.request, _become(_said(asked, event.TYPE), "refused", event.code))
        case IrregularityResolved() | CardIrregularityResolved():
            return _resolved(state, event)
        case billing.CapIrregular() | billing_insurer.SettlementOverdue() | billing_insurer.SettlementReversalOverdue():
            return change(state, irregular=put(state.irregular, event.causation, _irregular(event)))
        case _ if event.causation[14:15] == "7":  # only requests have ids made by the clock; facts have derived ones
            return _answered(state, event)
    return state


def _answered(state: State, event: Any) -> State:
    asked = _said(state.asked.get(event.causation, Asked()), event.TYPE)
    if event.IRREGULAR:
        asked = replace(_become(asked, "irregular", event.code), type=event.act.TYPE)
        state = change(state, irregular=put(state.irregular, event.causation, _irregular(event)))
    elif type(event) in REFUSALS:
        package = getattr(event, "checkup", None)
        listed = ((item.kind, item.id) for item in getattr(event, "open", ()))
        still_open = (*([("checkup", package)] if package else []), *listed)[:MOST_OPEN]
        asked = _become(asked, "refused", event.code, other=getattr(event, "other", None) or "", open=still_open)
    elif type(event) in ANSWERS:
        asked = _become(asked, "answered")
    return _put(state, event.causation, asked)


def _resolved(state: State, event: IrregularityResolved | CardIrregularityResolved) -> State:
    irregular = state.irregular.get(event.irregularity)
    if event.causation:
        asked = state.asked.get(event.causation, Asked())
        if service := asked.service or (irregular.service if irregular else ""):
            asked = _said(asked, wire_type(type(event), service))
        state = _put(state, event.causation, _become(asked, "answered"))
    if event.found:
        state = change(state, irregular=drop(state.irregular, event.irregularity))
        if act := state.asked.get(event.irregularity):
            state = _put(state, event.irregularity, replace(act, resolved=True))
    return state


def _irregular(event: Any) -> Irregular:
    act = event.act
    about = next(
        (found for name in ("order", "prescription", "refund", "item") if (found := getattr(act, name, None))), ""
    )
    return Irregular(
        service=event.SAID_BY,
        type=act.TYPE,
        code=event.code,
        institution=event.where.institution,
        department=event.where.department or "",
        terminal=event.where.terminal,
        about=about,
        at=utc(event.log_time),
        date=event.visit.date.isoformat() if isinstance(event, Event) else "",
    )


def _become(asked: Asked, status: AskedStatus, code: str = "", **more: Any) -> Asked:
    if RANK[status] < RANK[asked.status] or (RANK[status] == RANK[asked.status] and status != "held"):
        return asked
    return replace(asked, **{"status": status, "code": code, "until": "", **more})


def _said(asked: Asked, type: str) -> Asked:
    return asked if type in asked.by else replace(asked, by=(*asked.by, type))


def _put(state: State, id: str, asked: Asked) -> State:
    return change(state, asked=put(state.asked, id, asked))
