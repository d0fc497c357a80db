"""Payments and refunds: money a provider has taken or returned already, so no answer here may lose it."""

from __future__ import annotations

from services.billing.shapes import Bill, Refund, State
from shared.decider import NOTHING, Decision, Hold, frame
from shared.events import Event, Request
from shared.events.billing import (
    OrderCleared,
    PaymentReceived,
    PaymentRefused,
    RefundAsked,
    RefundConfirmed,
    RefundFailed,
    RefundIrregular,
)
from shared.events.billing_deposits import DepositRefused
from shared.events.edge import PaymentTendered, RefundReported
from shared.events.edge_inpatient import DepositTendered


def pay(state: State, tender: PaymentTendered) -> Decision:
    """A reference counts once: what comes again under it is the same money, whatever amount it names."""
    bill = state.bills.get(tender.bill)
    if state.used(tender.reference):
        return refuse(tender, "reference_used", 0)
    if bill is None:
        return Hold("bill_not_seen", "done")
    if mismatches(bill, tender):
        return refuse(tender, "visit_mismatch", tender.amount)
    if not bill.owed:
        return refuse(tender, "nothing_owed", tender.amount)
    if tender.amount != bill.owed:
        code = "amount_too_small" if tender.amount < bill.owed else "amount_too_large"
        return refuse(tender, code, tender.amount)
    received = PaymentReceived(
        **frame(tender), bill=tender.bill, amount=tender.amount, method=tender.method, reference=tender.reference
    )
    return (received, *(OrderCleared(**frame(tender), order=order, how="paid") for order in bill.lines))


def refuse(tender: PaymentTendered, code: str, due_back: int) -> tuple[Event, ...]:
    refused = PaymentRefused(
        **frame(tender),
        bill=tender.bill,
        amount=tender.amount,
        reference=tender.reference,
        due_back=due_back,
        code=code,
    )
    return (refused, *give_back(tender, tender.derive("refund"), due_back, tender.reference))


def refund(state: State, report: RefundReported) -> Decision:
    """A failed refund stays due back: a later report may confirm it."""
    asked = state.refunds.get(report.refund)
    if asked is None:
        return Hold("refund_not_seen", "done")
    if mismatches(asked, report):
        return (RefundIrregular(**frame(report), code="visit_mismatch", act=report),)
    if asked.confirmed:
        return (RefundIrregular(**frame(report), code="refund_settled", act=report),)
    said = RefundConfirmed if report.outcome == "confirmed" else RefundFailed
    return (said(**frame(report), refund=report.refund, amount=asked.amount),)


def overdue(state: State, request: Request, code: str) -> Decision:
    match request:
        case PaymentTendered() if state.used(request.reference):
            return refuse(request, "reference_used", 0)
        case PaymentTendered():
            return refuse(request, code, request.amount)
        case DepositTendered() if state.used(request.reference):
            return refuse_deposit(request, "reference_used")
        case DepositTendered():
            return refuse_deposit(request, code)
        case RefundReported():
            return (RefundIrregular(**frame(request), code=code, act=request),)
    return NOTHING


def refuse_deposit(tender: DepositTendered, code: str) -> tuple[Event, ...]:
    """Back goes all of it, but for what came under a reference that was used: that is the same money."""
    due_back = 0 if code == "reference_used" else tender.amount
    refused = DepositRefused(
        **frame(tender), amount=tender.amount, reference=tender.reference, due_back=due_back, code=code
    )
    return (refused, *give_back(tender, tender.derive("refund"), due_back, tender.reference))


def mismatches(kept: Bill | Refund, request: Event) -> bool:
    """Whether a request about a bill or refund names another visit than it belongs to, or the same of another day."""
    return (kept.visit, kept.day) != (request.visit.id, request.visit.date)


def give_back(event: Event, refund: str, due_back: int, reference: str) -> tuple[Event, ...]:
    return (RefundAsked(**frame(event), refund=refund, amount=due_back, reference=reference),) if due_back else ()
