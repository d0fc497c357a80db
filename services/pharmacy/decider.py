"""取药: what pharmacy answers. Reviewed and cleared before released; each line dispensed at most once."""

from __future__ import annotations

from collections.abc import Sequence

from services.pharmacy.dispensing import not_as_prescribed
from services.pharmacy.state import Line, Prescription, State, prescription
from shared.decider import NOTHING, Decision, Hold, Input, Overdue, frame
from shared.events import Event, Request, VisitRequest, edge, pharmacy
from shared.reference import Reference


def decide(state: State, event: Input, reference: Reference) -> Decision:
    """Answer one event with facts, or hold it. Total and pure."""
    match event:
        case VisitRequest() if state.mismatches(event.visit.date):
            return _against(event, "visit_mismatch")
        case edge.PrescriptionReviewed():
            return _review(state, event)
        case edge.MedicationPickupRequested():
            return _pickup(state, event)
        case edge.MedicationHandedOver():
            return _hand_over(state, event)
        case edge.OrderCancellationRequested(kind="medication"):
            return _cancellation(state, event)
        case Overdue(request, code):
            return _against(request, code)
        case _:
            return NOTHING


def _review(state: State, event: edge.PrescriptionReviewed) -> Decision:
    match prescription(state, event.prescription):
        case _ if state.cancelled:
            return _against(event, "visit_cancelled")
        case None:
            return Hold("order_not_seen", "done")
        case Prescription(review="passed" | "returned"):
            return _against(event, "already_reviewed")
        case found if all(line.ended == "order_cancelled" for line in found.lines.values()):
            return _against(event, "order_cancelled")
        case found if event.verdict == "returned":
            return (_returned(event, found),)
        case found if not found.live():
            return _against(event, "order_lapsed")
        case found:
            return (
                pharmacy.MedicationReady(**frame(event), prescription=event.prescription, orders=list(found.live())),
            )


def _pickup(state: State, event: edge.MedicationPickupRequested) -> Decision:
    match prescription(state, event.prescription):
        case _ if state.suspended:
            return _against(event, "visit_suspended")
        case None:
            return Hold("order_not_seen", "ask")
        case Prescription(review="returned"):
            return _against(event, "prescription_returned")
        case found if not found.live():
            return _against(event, _why_none_is_left(found))
        case Prescription(review="awaited"):
            return Hold("not_reviewed", "ask")
        case found if not all(line.may_be_dispensed() for line in found.live().values()):
            return Hold("not_cleared", "ask")
        case found if found.institution() != event.where.institution:
            return _against(event, "other_institution")
        case found:
            lines = [_released(order, line) for order, line in found.live().items()]
            return (pharmacy.PickupReleased(**frame(event), prescription=event.prescription, lines=lines),)


def _hand_over(state: State, event: edge.MedicationHandedOver) -> Decision:
    """All or nothing: one line outside the rules makes the whole hand-over irregular."""
    match prescription(state, event.prescription):
        case _ if state.suspended:
            return _against(event, "visit_suspended")
        case None:
            return Hold("order_not_seen", "done")
        case found if wrong := not_as_prescribed(found, event.lines):
            return _against(event, wrong)
        case Prescription(review="returned"):
            return _against(event, "prescription_returned")
        case Prescription(review="awaited"):
            return Hold("not_reviewed", "done")
        case found if not all(found.lines[line.order].may_be_dispensed() for line in event.lines):
            return Hold("not_cleared", "done")
        case found if found.institution() != event.where.institution:
            return _against(event, "other_institution")
        case _:
            return (pharmacy.MedicationDispensed(**frame(event), prescription=event.prescription, lines=event.lines),)


def _cancellation(state: State, event: edge.OrderCancellationRequested) -> Decision:
    line = state.lines.get(event.order)
    match line and prescription(state, line.prescription), line:
        case (None, _) | (_, None):
            return Hold("order_not_seen", "ask")
        case _, Line(ended="already_dispensed" | "order_cancelled" as code):
            return _against(event, code)
        case Prescription(review="returned"), _:
            return _against(event, "prescription_returned")
        case _, Line(ended="order_lapsed"):
            return _against(event, "order_lapsed")
        case _, Line(institution=institution) if institution != event.where.institution:
            return _against(event, "other_institution")
        case _:
            return (pharmacy.OrderCancelled(**frame(event), order=event.order),)


def _returned(event: edge.PrescriptionReviewed, found: Prescription) -> Event:
    """A lapsed line is returned with the others: only what was dispensed or cancelled has had its last word."""
    orders = [order for order, line in found.lines.items() if line.ended in {"", "order_lapsed"}]
    return pharmacy.PrescriptionReturned(
        **frame(event), prescription=event.prescription, orders=orders, reason=event.reason
    )


def _released(order: str, line: Line) -> pharmacy.ReleasedLine:
    return pharmacy.ReleasedLine(
        order=order, code=line.code, display=line.display, quantity=line.quantity, unit=line.unit
    )


def _why_none_is_left(found: Prescription) -> str:
    ended = {line.ended for line in found.lines.values()}
    return next(code for code in ("already_dispensed", "order_lapsed", "order_cancelled") if code in ended)


def _against(request: Request, code: str) -> Sequence[Event]:
    """The last word on a request: an ask is refused, a done act is kept whole as irregular."""
    match request:
        case edge.PrescriptionReviewed():
            return (pharmacy.ReviewIrregular(**frame(request), code=code, act=request),)
        case edge.MedicationHandedOver():
            return (pharmacy.DispensingIrregular(**frame(request), code=code, act=request),)
        case edge.MedicationPickupRequested():
            return (pharmacy.PickupRefused(**frame(request), prescription=request.prescription, code=code),)
        case edge.OrderCancellationRequested(kind="medication"):
            return (pharmacy.CancellationRefused(**frame(request), order=request.order, code=code),)
        case _:
            return NOTHING
