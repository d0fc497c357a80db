"""检查: what examination answers. Times for what is ordered, examinations of cleared orders, their reports, and
critical findings acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.examination.state import Order, State
from shared.critical import UNACKNOWLEDGED, alarm, to_escalate
from shared.decider import NOTHING, Deadline, Decision, Hold, Input, Overdue, frame
from shared.events import Event, Request, VisitRequest, edge, edge_rooms
from shared.events import examination as say
from shared.events.runtime import DeadlinePassed
from shared.reference import Reference

Report = edge_rooms.ExaminationReportEntered | edge_rooms.ExaminationReportCorrected


def decide(state: State, event: Input, _reference: Reference) -> Decision:
    """Answer one event with facts, or hold it. Total and pure."""
    match event:
        case VisitRequest() if state.mismatches(event.visit.date):
            return _against(event, "visit_mismatch")
        case edge_rooms.ExaminationScheduleRequested():
            return _schedule(state, event)
        case edge_rooms.ExaminationPerformed():
            return _performance(state, event)
        case edge_rooms.ExaminationReportEntered():
            return _report(state, event)
        case edge_rooms.ExaminationReportCorrected():
            return _correction(state, event)
        case edge_rooms.CriticalFindingAcknowledgementReported():
            return _acknowledgement(state, event)
        case edge.OrderCancellationRequested(kind="examination"):
            return _cancellation(state, event)
        case DeadlinePassed(why=why) if why == UNACKNOWLEDGED:
            return _escalation(state, event)
        case Overdue(request, code):
            return _against(request, code)
        case _:
            return NOTHING


def _schedule(state: State, event: edge_rooms.ExaminationScheduleRequested) -> Decision:
    match state.orders.get(event.order):
        case _ if state.cancelled:
            return _against(event, "visit_cancelled")
        case _ if state.suspended:
            return _against(event, "visit_suspended")
        case None:
            return Hold("order_not_seen", "ask")
        case Order(ended=code) if code:
            return _against(event, code)
        case Order(performed=True):
            return _against(event, "already_performed")
        case Order(institution=institution) if institution != event.where.institution:
            return _against(event, "other_institution")
        case _ if event.at < event.time:
            return _against(event, "appointment_past")
        case _:
            return (say.ExaminationScheduled(**frame(event), order=event.order, at=event.at, room=event.room),)


def _performance(state: State, event: edge_rooms.ExaminationPerformed) -> Decision:
    match state.orders.get(event.order):
        case _ if state.cancelled:
            return _against(event, "visit_cancelled")
        case _ if state.suspended:
            return _against(event, "visit_suspended")
        case None:
            return Hold("order_not_seen", "done")
        case Order(ended=code) if code:
            return _against(event, code)
        case Order(modality=modality) if modality != event.modality:
            return _against(event, "modality_mismatch")
        case Order(performed=True):
            return _against(event, "already_performed")
        case Order(cleared=False, treat_first=False):
            return Hold("not_cleared", "done")
        case Order(institution=institution) if institution != event.where.institution:
            return _against(event, "other_institution")
        case order:
            completed = say.ExaminationCompleted(
                **frame(event),
                order=event.order,
                code=order.code,
                display=order.display,
                modality=event.modality,
                image=event.image,
            )
            return (completed,)


def _report(state: State, event: edge_rooms.ExaminationReportEntered) -> Decision:
    """Whoever reads the image reports it, wherever: images are read for other institutions too."""
    match state.orders.get(event.order):
        case None:
            return Hold("order_not_seen", "done")
        case Order(performed=False, ended=code) if code:
            return _against(event, code)
        case Order(performed=False):
            return Hold("not_performed", "done")
        case Order(version=version) if version:
            return _against(event, "already_reported")
        case order:
            return (say.ExaminationReported(**_reported(order, event)), *_flagged(order, event))


def _correction(state: State, event: edge_rooms.ExaminationReportCorrected) -> Decision:
    """A correction is welcome at any time after the report, whatever became of the visit."""
    match state.orders.get(event.order):
        case None | Order(version=0):
            return Hold("result_not_seen", "done")
        case order:
            version: dict[str, Any] = {"version": order.version + 1, "reason": event.reason}
            return (say.ExaminationAmended(**_reported(order, event), **version), *_flagged(order, event))


def _acknowledgement(state: State, event: edge_rooms.CriticalFindingAcknowledgementReported) -> Decision:
    match state.orders.get(event.order):
        case None | Order(flagging=0):
            return Hold("critical_not_seen", "done")
        case Order(acknowledged=True):
            return _against(event, "already_recorded")
        case _:
            return (say.CriticalFindingAcknowledged(**frame(event), order=event.order, action=event.action),)


def _cancellation(state: State, event: edge.OrderCancellationRequested) -> Decision:
    match state.orders.get(event.order):
        case None:
            return Hold("order_not_seen", "ask")
        case Order(performed=True):
            return _against(event, "already_performed")
        case Order(ended=code) if code:
            return _against(event, code)
        case Order(institution=institution) if institution != event.where.institution:
            return _against(event, "other_institution")
        case _:
            return (say.OrderCancelled(**frame(event), order=event.order),)


def _escalation(state: State, event: DeadlinePassed) -> Decision:
    match to_escalate(state.orders, event.about):
        case (id, order):
            return _flag(event, id, order.flagging, order.critical, order.escalation + 1)
        case _:
            return NOTHING


def _reported(order: Order, event: Report) -> dict[str, Any]:
    return {
        **frame(event),
        "order": event.order,
        "examination": order.code,
        "display": order.display,
        "modality": order.modality,
        "findings": event.findings,
        "conclusion": event.conclusion,
        "critical": event.critical,
        "image": event.image or order.image,
    }


def _flagged(order: Order, event: Report) -> Sequence[Event | Deadline]:
    return _flag(event, event.order, order.flagging + 1, event.critical, 0) if event.critical else ()


def _flag(event: Event, order: str, number: int, finding: str, escalation: int) -> tuple[Event | Deadline, ...]:
    flagged = say.CriticalFindingFlagged(**frame(event), order=order, finding=finding, escalation=escalation)
    return flagged, alarm(order, number)


def _against(request: Request, code: str) -> Sequence[Event]:
    """The last word on a request: an ask is refused, a done act is kept whole as irregular."""
    match request:
        case edge_rooms.ExaminationScheduleRequested():
            return (say.ExaminationScheduleRefused(**frame(request), order=request.order, code=code),)
        case edge_rooms.ExaminationPerformed():
            return (say.ExaminationIrregular(**frame(request), code=code, act=request),)
        case edge_rooms.ExaminationReportEntered() | edge_rooms.ExaminationReportCorrected():
            return (say.ExaminationReportIrregular(**frame(request), code=code, act=request),)
        case edge_rooms.CriticalFindingAcknowledgementReported():
            return (say.FindingAcknowledgementIrregular(**frame(request), code=code, act=request),)
        case edge.OrderCancellationRequested(kind="examination"):
            return (say.CancellationRefused(**frame(request), order=request.order, code=code),)
        case _:
            return NOTHING
