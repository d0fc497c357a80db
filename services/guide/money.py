"""What billing said: charges, bills, payments, refunds, and which orders are cleared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from services.guide.keeping import change, put, utc
from services.guide.shapes import Bill, Charge, Refund, State
from shared.events import AnyEvent, billing


def raised(state: State, event: billing.ChargeRaised) -> State:
    charge = Charge(event.order, event.display, event.amount)
    return change(state, charges=put(state.charges, event.charge, charge))


def settled(state: State, event: billing.BillSettled) -> State:
    bill = Bill(event.total, {line.charge: line.own_share for line in event.lines}, utc(event.log_time))
    return change(state, bills=put(state.bills, event.bill, bill))


def cleared(state: State, event: billing.OrderCleared) -> State:
    if event.order in state.cleared:
        return state
    return change(state, cleared=put(state.cleared, event.order, utc(event.log_time)))


def paid(state: State, event: billing.PaymentReceived) -> State:
    return change(state, paid=put(state.paid, event.bill, utc(event.log_time)))


def lapsed(state: State, event: billing.ChargeLapsed) -> State:
    return change(state, gone=put(state.gone, event.charge, "lapsed"), ended=put(state.ended, event.order, "lapsed"))


def reversed_(state: State, event: billing.ChargeReversed) -> State:
    return change(state, gone=put(state.gone, event.charge, "reversed"))


def refund_asked(state: State, event: billing.RefundAsked) -> State:
    refund = Refund(event.amount, event.reference, utc(event.log_time))
    return change(state, refunds=put(state.refunds, event.refund, refund))


def refund_confirmed(state: State, event: billing.RefundConfirmed) -> State:
    return change(state, refund_outcomes=put(state.refund_outcomes, event.refund, "confirmed"))


def refund_failed(state: State, event: billing.RefundFailed) -> State:
    if state.refund_outcomes.get(event.refund) == "confirmed":
        return state
    return change(state, refund_outcomes=put(state.refund_outcomes, event.refund, "failed"))


def owed(state: State, bill: str) -> dict[str, int]:
    """What the resident still owes of a bill, in fen by charge; empty once it is paid, reversed or lapsed."""
    if bill in state.paid:
        return {}
    shares = state.bills[bill].shares
    return {charge: fen for charge, fen in shares.items() if fen > 0 and charge not in state.gone}


def pending_refunds(state: State) -> list[tuple[str, Refund, Literal["asked", "failed"]]]:
    """Refunds no provider has confirmed yet, oldest first."""
    return [
        (id, refund, "failed" if state.refund_outcomes.get(id) == "failed" else "asked")
        for id, refund in state.refunds.items()
        if state.refund_outcomes.get(id) != "confirmed"
    ]


EVOLVE: dict[type[AnyEvent], Callable[[State, Any], State]] = {
    billing.ChargeRaised: raised,
    billing.BillSettled: settled,
    billing.OrderCleared: cleared,
    billing.PaymentReceived: paid,
    billing.ChargeLapsed: lapsed,
    billing.ChargeReversed: reversed_,
    billing.RefundAsked: refund_asked,
    billing.RefundConfirmed: refund_confirmed,
    billing.RefundFailed: refund_failed,
}
