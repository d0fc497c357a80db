"""What billing said: charges, bills, payments, refunds, and which orders are cleared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from services.guide.keeping import change, put, utc
from services.guide.money_shapes import Bill, Charge, Deposits, Refund, Rule, Split
from services.guide.shapes import State
from shared.events import AnyEvent, billing, billing_insurer
from shared.events import billing_deposits as deposits

EXPLAINED = 40
"""Bills whose splits are remembered, the newest: 40 of 60 lines with 12 rules each stay under 2.5 MiB as JSON."""


def raised(state: State, event: billing.ChargeRaised) -> State:
    charge = Charge(event.order, event.display, event.amount)
    return change(state, charges=put(state.charges, event.charge, charge))


def settled(state: State, event: billing.BillSettled) -> State:
    shares = {line.charge: line.own_share for line in event.lines}
    splits = {line.charge: _split(line) for line in event.lines}
    bills = put(state.bills, event.bill, Bill(event.total, shares, utc(event.log_time), splits))
    return change(state, bills=_explained(bills))


def insuring(state: State, event: billing_insurer.SettlementWanted) -> State:
    return change(state, insuring=put(state.insuring, event.bill, utc(event.log_time)))


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


def deposited(state: State, event: deposits.DepositReceived) -> State:
    kept = state.deposits or Deposits()
    return change(state, deposits=replace(kept, received=kept.received + event.amount))


def applied(state: State, event: deposits.DepositApplied) -> State:
    kept = state.deposits or Deposits()
    bills = put(kept.bills, event.bill, kept.bills.get(event.bill, 0) + event.amount)
    state = change(state, deposits=replace(kept, applied=kept.applied + event.amount, bills=bills))
    return state if event.left else change(state, paid=put(state.paid, event.bill, utc(event.log_time)))


def returned(state: State, event: deposits.DepositReturned) -> State:
    kept = state.deposits or Deposits()
    return change(state, deposits=replace(kept, returned=kept.returned + event.amount))


def closed(state: State, event: deposits.AccountClosed) -> State:
    return change(state, deposits=replace(state.deposits or Deposits(), closed=utc(event.log_time)))


def owed(state: State, bill: str) -> dict[str, int]:
    """What the resident still owes of a bill, in fen by charge; empty once it is paid, reversed or lapsed. What a
    deposit has paid of it is taken from its first lines."""
    if bill in state.paid:
        return {}
    given, found = state.deposits.bills.get(bill, 0) if state.deposits else 0, dict[str, int]()
    for charge, fen in state.bills[bill].shares.items():
        if charge not in state.gone:
            taken = min(given, fen)
            given -= taken
            found |= {charge: fen - taken} if fen > taken else {}
    return found


def at_insurers(state: State) -> list[str]:
    """The bills an insurer has been asked to settle and has not, oldest first."""
    return [bill for bill in state.insuring if bill not in state.bills]


def accrued(state: State) -> int:
    """What was charged and is on no bill yet, in fen, before any insurer's share."""
    billed = {charge for bill in state.bills.values() for charge in bill.shares} | state.gone.keys()
    return sum(charge.amount for id, charge in state.charges.items() if id not in billed)


def pending_refunds(state: State) -> list[tuple[str, Refund, Literal["asked", "failed"]]]:
    """Refunds no provider has confirmed yet, oldest first."""
    return [
        (id, refund, "failed" if state.refund_outcomes.get(id) == "failed" else "asked")
        for id, refund in state.refunds.items()
        if state.refund_outcomes.get(id) != "confirmed"
    ]


def _split(line: billing.BillLine) -> Split:
    rules = tuple(Rule(one.rule, one.base, one.share or "", one.amount) for one in line.why or ())
    return Split(line.amount, line.insurer, line.major_illness, line.waiver, rules)


def _explained(bills: dict[str, Bill]) -> dict[str, Bill]:
    """The bills with the splits of the newest only, so that a visit's document stays bounded."""
    old = {id: replace(bill, splits={}) for id, bill in list(bills.items())[:-EXPLAINED] if bill.splits}
    return {**bills, **old} if old else bills


EVOLVE: dict[type[AnyEvent], Callable[[State, Any], State]] = {
    billing.ChargeRaised: raised,
    billing.BillSettled: settled,
    billing_insurer.SettlementWanted: insuring,
    billing.OrderCleared: cleared,
    billing.PaymentReceived: paid,
    billing.ChargeLapsed: lapsed,
    billing.ChargeReversed: reversed_,
    billing.RefundAsked: refund_asked,
    billing.RefundConfirmed: refund_confirmed,
    billing.RefundFailed: refund_failed,
    deposits.DepositReceived: deposited,
    deposits.DepositApplied: applied,
    deposits.DepositReturned: returned,
    deposits.AccountClosed: closed,
}
