"""Charges that are over: taken back with their order, or lapsed unpaid; and what only waited for them to be paid."""

from __future__ import annotations

from services.billing.charges import charge_id
from services.billing.payments import give_back
from services.billing.shapes import State
from services.billing.state import evolve, surplus
from shared.decider import frame
from shared.events import Event
from shared.events.base import derive
from shared.events.billing import ChargeLapsed, ChargeReversed, OrderCleared
from shared.events.runtime import DeadlinePassed


def take_back(state: State, event: Event, orders: tuple[str, ...]) -> tuple[Event, ...]:
    """Reverse what is live of these orders, one after the other, then clear what only waited for them to be paid."""
    before, said = {name: bill for name, bill in state.bills.items() if bill.owed}, list[Event]()
    for order in orders:
        facts = reverse(state, event, order)
        for fact in facts:
            state = evolve(state, fact)
        said += facts
    left = [bill for bill in map(state.bills.__getitem__, before) if not bill.owed]
    freed = [
        OrderCleared(**frame(event), order=order, how="paid" if bill.funds else "covered")
        for bill in left
        for order in bill.lines
    ]
    return (*said, *freed)


def reverse(state: State, event: Event, order: str) -> tuple[Event, ...]:
    where = {**frame(event), "charge": charge_id(order), "order": order}
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
            for name, fund in zip(refunds, back, strict=True)
            for one in give_back(event, name, fund.amount, fund.reference)
        ),
    )


def lapse(state: State, passed: DeadlinePassed) -> tuple[Event, ...]:
    unpaid = state.bills.get(passed.about)
    if unpaid is None or not unpaid.owed:
        return ()
    where = {**frame(passed), "bill": passed.about}
    return tuple(
        ChargeLapsed(**where, charge=charge_id(order), order=order, amount=line.amount)
        for order, line in unpaid.lines.items()
    )
