"""What billing remembers of a stay's account: deposits held, bills of its settlement, whether it is over. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.billing.shapes import Account, Deposit, Fund, State
from shared.events import AnyEvent
from shared.events.billing_deposits import AccountClosed, DepositApplied, DepositReceived, DepositReturned
from shared.events.inpatient import DischargeOrdered, PatientDischarged
from shared.events.registration import VisitCancelled, VisitRegistered


def account(state: State, event: AnyEvent) -> State:
    """The state after what concerns a stay's account; the same object when nothing does."""
    match event:
        case VisitRegistered(kind="inpatient") if event.visit.id not in state.accounts:
            return replace(state, accounts={**state.accounts, event.visit.id: Account(event.visit.date)})
        case VisitCancelled():
            return _change(state, event.visit.id, ended="visit_cancelled")
        case DischargeOrdered():
            return _settling(state, event)
        case PatientDischarged():
            return _change(state, event.visit.id, ended="already_discharged")
        case AccountClosed():
            return _change(state, event.visit.id, ended="account_closed")
        case DepositReceived() if kept := state.accounts.get(event.visit.id):
            held = Deposit(event.deposit, event.reference, event.amount)
            total = kept.deposited + event.amount
            return _change(state, event.visit.id, held=(*kept.held, held), deposited=total)
        case DepositApplied():
            return _applied(state, event)
        case DepositReturned():
            return _less(state, event.visit.id, event.deposit, event.amount)
    return state


def _settling(state: State, event: DischargeOrdered) -> State:
    kept = state.accounts.get(event.visit.id)
    bills = (*kept.bills, event.derive("bill")) if kept else ()
    return _change(state, event.visit.id, bills=bills)


def _applied(state: State, event: DepositApplied) -> State:
    """From what is held to what stands behind the bill."""
    kept, bill = state.accounts.get(event.visit.id), state.bills.get(event.bill)
    reference = next((one.reference for one in kept.held if one.id == event.deposit), "") if kept else ""
    if kept is None or bill is None or not reference:
        return state
    funded = replace(bill, funds=(*bill.funds, Fund(reference, event.amount)))
    state = _less(state, event.visit.id, event.deposit, event.amount)
    state = _change(state, event.visit.id, applied=kept.applied + event.amount)
    return replace(state, bills={**state.bills, event.bill: funded})


def _less(state: State, visit: str, deposit: str, amount: int) -> State:
    kept = state.accounts.get(visit)
    if kept is None:
        return state
    left = [one._replace(amount=one.amount - amount) if one.id == deposit else one for one in kept.held]
    return _change(state, visit, held=tuple(one for one in left if one.amount))


def _change(state: State, visit: str, **changes: Any) -> State:
    kept = state.accounts.get(visit)
    if kept is None or kept.ended == "account_closed":
        return state
    return replace(state, accounts={**state.accounts, visit: kept._replace(**changes)})
