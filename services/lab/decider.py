"""检验: what lab answers. Specimens of cleared orders, results of accepted specimens, critical values acknowledged."""

from __future__ import annotations

from collections.abc import Sequence

from services.lab.findings import judged, only_critical
from services.lab.state import Order, State
from shared.critical import UNACKNOWLEDGED, alarm, to_escalate
from shared.decider import NOTHING, Deadline, Decision, Hold, Input, Overdue, frame
from shared.events import Event, Request, VisitRequest, edge, lab
from shared.events.runtime import DeadlinePassed
from shared.reference import Reference


def decide(state: State, event: Input, reference: Reference) -> Decision:
    """Answer one event with facts, or hold it. Total and pure."""
    match event:
        case VisitRequest() if state.mismatches(event.visit.date):
            return _against(event, "visit_mismatch")
        case edge.SpecimenCollected():
            return _specimen(state, event)
        case edge.LabResultEntered():
            return _result(state, event, reference)
        case edge.LabResultCorrected():
            return _correction(state, event, reference)
        case edge.CriticalValueAcknowledgementReported():
            return _acknowledgement(state, event)
        case edge.OrderCancellationRequested(kind="lab_test"):
            return _cancellation(state, event)
        case DeadlinePassed(why=why) if why == UNACKNOWLEDGED:
            return _escalation(state, event)
        case Overdue(request, code):
            return _against(request, code)
        case _:
            return NOTHING


def _specimen(state: State, event: edge.SpecimenCollected) -> Decision:
    match state.orders.get(event.order):
        case _ if state.cancelled:
            return _against(event, "visit_cancelled")
        case _ if state.suspended:
            return _against(event, "visit_suspended")
        case None:
            return Hold("order_not_seen", "done")
        case Order(ended=code) if code:
            return _against(event, code)
        case Order(specimen=kind) if kind != event.kind:
            return _against(event, "specimen_mismatch")
        case Order(collected=str()):
            return _against(event, "already_collected")
        case Order(cleared=False, treat_first=False):
            return Hold("not_cleared", "done")
        case Order(institution=institution) if institution != event.where.institution:
            return _against(event, "other_institution")
        case _:
            return (lab.SpecimenAccepted(**frame(event), order=event.order, specimen=event.specimen, kind=event.kind),)


def _result(state: State, event: edge.LabResultEntered, reference: Reference) -> Decision:
    match state.orders.get(event.order):
        case None:
            return Hold("order_not_seen", "done")
        case Order(collected=None, ended=code) if code:
            return _against(event, code)
        case Order(collected=None):
            return Hold("specimen_not_seen", "done")
        case Order(collected=specimen) if specimen != event.specimen:
            return _against(event, "specimen_mismatch")
        case Order(version=version) if version:
            return _against(event, "already_reported")
        case order:
            findings = judged(event.analytes, reference, event.time)
            reported = lab.LabResultReported(
                **frame(event), order=event.order, specimen=event.specimen, test=order.code, findings=findings
            )
            return (reported, *_flagged(order, event, findings))


def _correction(state: State, event: edge.LabResultCorrected, reference: Reference) -> Decision:
    """A correction is welcome at any time after the result, whatever became of the visit."""
    match state.orders.get(event.order):
        case None | Order(version=0):
            return Hold("result_not_seen", "done")
        case order:
            findings = judged(event.analytes, reference, event.time)
            amended = lab.LabResultAmended(
                **frame(event),
                order=event.order,
                test=order.code,
                version=order.version + 1,
                findings=findings,
                reason=event.reason,
            )
            return (amended, *_flagged(order, event, findings))


def _acknowledgement(state: State, event: edge.CriticalValueAcknowledgementReported) -> Decision:
    match state.orders.get(event.order):
        case None | Order(flagging=0):
            return Hold("critical_not_seen", "done")
        case Order(acknowledged=True):
            return _against(event, "already_recorded")
        case _:
            return (lab.CriticalValueAcknowledged(**frame(event), order=event.order, action=event.action),)


def _cancellation(state: State, event: edge.OrderCancellationRequested) -> Decision:
    match state.orders.get(event.order):
        case None:
            return Hold("order_not_seen", "ask")
        case Order(collected=str()):
            return _against(event, "already_collected")
        case Order(ended=code) if code:
            return _against(event, code)
        case Order(institution=institution) if institution != event.where.institution:
            return _against(event, "other_institution")
        case _:
            return (lab.OrderCancelled(**frame(event), order=event.order),)


def _escalation(state: State, event: DeadlinePassed) -> Decision:
    match to_escalate(state.orders, event.about):
        case (id, order):
            return _flag(event, id, order.flagging, order.critical, order.escalation + 1)
        case _:
            return NOTHING


def _flagged(
    order: Order, event: edge.LabResultEntered | edge.LabResultCorrected, findings: Sequence[lab.Finding]
) -> Sequence[Event | Deadline]:
    critical = only_critical(findings)
    return _flag(event, event.order, order.flagging + 1, critical, 0) if critical else ()


def _flag(
    event: Event, order: str, number: int, critical: Sequence[lab.Finding], escalation: int
) -> tuple[Event | Deadline, ...]:
    flagged = lab.CriticalValueFlagged(**frame(event), order=order, findings=list(critical), escalation=escalation)
    return flagged, alarm(order, number)


def _against(request: Request, code: str) -> Sequence[Event]:
    """The last word on a request: an ask is refused, a done act is kept whole as irregular."""
    match request:
        case edge.SpecimenCollected():
            return (lab.SpecimenIrregular(**frame(request), code=code, act=request),)
        case edge.LabResultEntered() | edge.LabResultCorrected():
            return (lab.LabResultIrregular(**frame(request), code=code, act=request),)
        case edge.CriticalValueAcknowledgementReported():
            return (lab.AcknowledgementIrregular(**frame(request), code=code, act=request),)
        case edge.OrderCancellationRequested(kind="lab_test"):
            return (lab.CancellationRefused(**frame(request), order=request.order, code=code),)
        case _:
            return NOTHING
