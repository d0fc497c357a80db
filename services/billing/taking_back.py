"""Charges that are over: taken back with their order, or lapsed unpaid; and what only waited for them to be paid."""

from __future__ import annotations

from typing import Final

from services.billing.charges import charge_id
from services.billing.clearing import Said
from services.billing.payments import give_back
from services.billing.shapes import Bill, State
from services.billing.state import evolve, surplus
from shared.decider import Deadline, frame
from shared.events import Event
from shared.events.base import derive
from shared.events.billing import ChargeLapsed, ChargeReversed, OrderCleared
from shared.events.billing_insurer import SettlementReversalWanted
from shared.events.runtime import DeadlinePassed

INSURER: Final = "insurer"
"""The deadline of what an insurer was asked, and its span."""


def take_back(state: State, event: Event, orders: tuple[str, ...]) -> Said:
    """Reverse what is live of these orders, one after the other, then clear what only waited for them to be paid."""
    before, said = {name: bill for name, bill in state.bills.items() if bill.owed}, list[Event | Deadline]()
    for order in orders:
        facts = reverse(state, event, order)
        for fact in facts:
            state = state if isinstance(fact, Deadline) else evolve(state, fact)
        said += facts
    left = [bill for bill in map(state.bills.__getitem__, before) if not bill.owed]
    freed = [
        OrderCleared(**frame(event), order=order, how="paid" if bill.funds else "covered")
        for bill in left
        for order in bill.lines
    ]
    return (*said, *freed)


def reverse(state: State, event: Event, order: str) -> Said:
    """What waits for its insurer is reversed once that has answered."""
    where = {**frame(event), "charge": charge_id(order), "order": order}
    if order in state.raised and not state.unbilled(order):
        return ()
    if order in state.raised:
        return (ChargeReversed(**where, amount=state.raised[order].amount, own_share=0, paid=False),)
    if (name := state.bill_of(order)) is None:
        return ()
    settled = state.bills[name]
    line = settled.lines[order]
    reversed_ = ChargeReversed(
        **where,
        bill=name,
        amount=line.amount,
        own_share=line.own_share,
        paid=settled.paid,
        insurer=line.insurer or None,
        major_illness=line.major_illness or None,
        waiver=line.waiver or None,
    )
    back = surplus(settled, order)
    refunds = [derive(charge_id(order), "refund", *([n] if n else [])) for n in range(len(back))]
    return (
        reversed_,
        *(
            one
            for refund, fund in zip(refunds, back, strict=True)
            for one in give_back(event, refund, fund.amount, fund.reference)
        ),
        *settled_back(event, name, settled, order),
    )


def settled_back(event: Event, name: str, bill: Bill, order: str) -> Said:
    """What goes back to the insurer of a line that is over, where it was the insurer that settled it."""
    if bill.insurer is None or not bill.insurer.reference:
        return ()
    line, charge = bill.lines[order], charge_id(order)
    wanted = SettlementReversalWanted(
        **frame(event),
        bill=name,
        charge=charge,
        order=order,
        insurer=line.insurer,
        major_illness=line.major_illness,
        reference=bill.insurer.reference,
    )
    return (wanted, Deadline(INSURER, charge, INSURER))


def lapse(state: State, passed: DeadlinePassed) -> Said:
    unpaid = state.bills.get(passed.about)
    if unpaid is None or not unpaid.owed:
        return ()
    where = {**frame(passed), "bill": passed.about}
    lapsed = tuple(
        ChargeLapsed(**where, charge=charge_id(order), order=order, amount=line.amount)
        for order, line in unpaid.lines.items()
    )
    return (*lapsed, *(one for order in unpaid.lines for one in settled_back(passed, passed.about, unpaid, order)))
