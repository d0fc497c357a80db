"""押金: deposits are held for a stay, pay its bills when it is settled, and what is left goes back when it is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.billing.payments import give_back, refuse_deposit
from services.billing.settlement import MOST
from services.billing.shapes import Account, State
from services.billing.state import evolve
from shared.decider import Admit, Deadline, Decision, Hold, Input, frame
from shared.events import AnyEvent, Event
from shared.events.base import derive
from shared.events.billing import OrderCleared
from shared.events.billing_deposits import AccountClosed, DepositApplied, DepositReceived, DepositReturned
from shared.events.edge_inpatient import DepositTendered


def deposit(state: State, tender: DepositTendered) -> Decision:
    """Money the provider has taken already: held, or given back whole. A reference counts once."""
    visit = tender.visit.id
    match state.accounts.get(visit):
        case _ if state.used(tender.reference):
            return refuse_deposit(tender, "reference_used")
        case None if visit not in state.attended:
            return Hold("not_registered", "done")
        case None:
            return refuse_deposit(tender, "not_a_stay")
        case Account(day=day) if day != tender.visit.date:
            return refuse_deposit(tender, "visit_mismatch")
        case Account(ended=code) if code:
            return refuse_deposit(tender, code)
        case _ if not 0 < tender.amount <= MOST:
            code = "amount_too_large" if tender.amount else "amount_too_small"
            return refuse_deposit(tender, code)
    received = DepositReceived(
        **frame(tender),
        deposit=tender.derive("deposit"),
        amount=tender.amount,
        method=tender.method,
        reference=tender.reference,
    )
    return (received,)


def keep_account(state: State, event: Input, said: Sequence[AnyEvent | Deadline | Admit]) -> tuple[Event, ...]:
    """What becomes of a stay's deposits after everything else that an event brings about."""
    if not isinstance(event, Event) or event.visit.id not in state.accounts:
        return ()
    for one in (event, *said):
        state = state if isinstance(one, Deadline | Admit) else evolve(state, one)
    kept = state.accounts.get(event.visit.id)
    if kept is None or kept.ended == "account_closed" or not (kept.bills or kept.ended):
        return ()
    facts: list[Event] = []
    for step in (_apply, _return, _close):
        for fact in step(state, event):
            state = evolve(state, fact)
            facts.append(fact)
    return tuple(facts)


def _apply(state: State, event: Event) -> Iterator[Event]:
    """The oldest deposit first, to the oldest bill: those of the settlement, whose lines can't be taken back; and once
    the stay is over, all that is owed for good."""
    kept = state.accounts[event.visit.id]
    held = list(kept.held)
    for name, bill in state.bills.items():
        ripe = name in kept.bills or (kept.ended and bill.lasting and bill.visit == event.visit.id)
        owed = bill.owed if ripe else 0
        while owed and held:
            first = held[0]
            amount = min(owed, first.amount)
            owed -= amount
            held[:1] = [first._replace(amount=first.amount - amount)] if amount < first.amount else []
            yield DepositApplied(**frame(event), deposit=first.id, bill=name, amount=amount, left=owed)
            if not owed:
                yield from (OrderCleared(**frame(event), order=order, how="paid") for order in bill.lines)


def _return(state: State, event: Event) -> Iterator[Event]:
    """Once the stay is over, and all that a deposit may pay is paid."""
    kept = state.accounts[event.visit.id]
    for one in kept.held if kept.ended and not state.awaits(event.visit.id) else ():
        refund = derive(one.id, "refund")
        yield DepositReturned(**frame(event), deposit=one.id, refund=refund, amount=one.amount)
        yield from give_back(event, refund, one.amount, one.reference)


def _close(state: State, event: Event) -> Iterator[Event]:
    """The stay is over, and nothing of it is owed or waits for its bill."""
    visit = event.visit.id
    kept = state.accounts[visit]
    owes = any(bill.owed for bill in state.bills.values() if bill.visit == visit)
    waits = any(charge.visit == visit for charge in state.raised.values())
    if kept.ended and not kept.held and not owes and not waits:
        yield AccountClosed(**frame(event), deposited=kept.deposited, applied=kept.applied)
