"""What billing says to what it hears: charges, bills, payments, refunds. Money is integer fen."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Literal

from services.billing.payments import give_back, overdue, pay, refund
from services.billing.settlement import amount, charge_id, settle
from services.billing.state import Bill, State, taken_back
from shared.decider import NOTHING, Deadline, Decision, Overdue, frame
from shared.events import Event, lab, pharmacy
from shared.events.base import derive
from shared.events.billing import (
    BillSettled,
    ChargeLapsed,
    ChargeRaised,
    ChargeReversed,
    OrderCleared,
)
from shared.events.consultation import ConsultationAccepted, LabTestOrdered, MedicationPrescribed
from shared.events.edge import PaymentTendered, RefundReported
from shared.events.registration import VisitCancelled, VisitRegistered
from shared.events.runtime import DeadlinePassed
from shared.reference import Reference

REGISTRATION = {"outpatient": "门诊挂号", "emergency": "急诊挂号", "inpatient": "住院登记", "checkup": "体检登记"}

Said = tuple[Event | Deadline, ...]


def decide(state: State, event: Event | Overdue, reference: Reference) -> Decision:
    """Facts, or a hold of a payment or a refund report whose bill or refund may still come."""
    match event:
        case VisitRegistered() if not state.knows(event.visit.id):
            return register(state, event, reference)
        case LabTestOrdered() | MedicationPrescribed() if not state.knows(event.order):
            quantity = event.quantity if isinstance(event, MedicationPrescribed) else "1"
            return (charge(reference, event, event.order, event.code, display=event.display, quantity=quantity),)
        case ConsultationAccepted():
            orders = {order: state.raised[order] for order in event.orders if order in state.raised}
            return bill(state, event, derive(event.consultation, "bill"), orders, event.visit.id in state.treat_first)
        case VisitCancelled() | lab.OrderCancelled() | pharmacy.OrderCancelled() | pharmacy.PrescriptionReturned():
            return take_back(state, event, taken_back(event))
        case DeadlinePassed(why="lapse"):
            return lapse(state, event)
        case PaymentTendered():
            return pay(state, event)
        case RefundReported():
            return refund(state, event)
        case Overdue():
            return overdue(state, event.request, event.code)
    return NOTHING


def register(state: State, event: VisitRegistered, reference: Reference) -> Said:
    visit = event.visit.id
    raised = charge(reference, event, visit, f"reg:{event.kind}", display=REGISTRATION[event.kind])
    return (raised, *bill(state, event, derive(visit, "bill"), {visit: raised.amount}, event.treat_first))


def charge(
    reference: Reference, event: Event, order: str, item: str, *, display: str, quantity: str = "1"
) -> ChargeRaised:
    """An item no price is in force for costs nothing: a missing row may not hold up a visit."""
    price = reference.price(item, event.visit.date) or 0
    return ChargeRaised(
        **frame(event),
        charge=charge_id(order),
        order=order,
        item=item,
        display=display,
        quantity=quantity,
        unit_price=price,
        amount=amount(price, quantity),
    )


def bill(state: State, event: Event, name: str, charges: Mapping[str, int], treat_first: bool) -> Said:
    """One bill over these charges, once; what owes nothing is cleared at once, treat-first never lapses."""
    if not charges or name in state.bills:
        return ()
    lines = settle(charges)
    own_share = sum(line.own_share for line in lines)
    total = sum(line.amount for line in lines)
    settled = BillSettled(**frame(event), bill=name, lines=lines, total=total, own_share=own_share)
    if not own_share:
        return (settled, *clear(event, charges, "covered"))
    return (settled,) if treat_first else (settled, Deadline("lapse", name, "lapse"))


def clear(event: Event, orders: Iterable[str], how: Literal["covered", "waived"]) -> Said:
    return tuple(OrderCleared(**frame(event), order=order, how=how) for order in orders)


def take_back(state: State, event: Event, orders: tuple[str, ...]) -> Said:
    """Reverse what is live of these orders, then clear what only waited for them to be paid."""
    said = [fact for order in orders for fact in reverse(state, event, order)]
    freed = [order for waiting in state.bills.values() for order in free(waiting, orders)]
    return (*said, *clear(event, freed, "covered"))


def reverse(state: State, event: Event, order: str) -> Said:
    where = {**frame(event), "charge": charge_id(order), "order": order}
    if order in state.raised:
        return (ChargeReversed(**where, amount=state.raised[order], own_share=0, paid=False),)
    if (name := state.bill_of(order)) is None:
        return ()
    settled = state.bills[name]
    whole, own_share = settled.lines[order]
    paid = bool(settled.paid_with)
    reversed_ = ChargeReversed(**where, bill=name, amount=whole, own_share=own_share, paid=paid)
    if not paid:
        return (reversed_,)
    return (reversed_, *give_back(event, derive(charge_id(order), "refund"), own_share, settled.paid_with))


def free(waiting: Bill, gone: Container[str]) -> tuple[str, ...]:
    """The live lines of an unpaid bill that owes nothing any more once these orders are gone from it."""
    left = {order: line for order, line in waiting.lines.items() if order not in gone}
    return tuple(left) if waiting.owed and not any(line.own_share for line in left.values()) else ()


def lapse(state: State, passed: DeadlinePassed) -> Said:
    unpaid = state.bills.get(passed.about)
    if unpaid is None or not unpaid.owed:
        return ()
    where = {**frame(passed), "bill": passed.about}
    return tuple(
        ChargeLapsed(**where, charge=charge_id(order), order=order, amount=line.amount)
        for order, line in unpaid.lines.items()
    )
