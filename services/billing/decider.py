"""What billing says to what it hears: charges, bills, payments, refunds. Money is integer fen."""

from __future__ import annotations

from collections.abc import Mapping

from services.billing.carrying import ask_years, carry_back, carry_on, pass_caps, record
from services.billing.charges import charge, charge_id, order_charge, package_charge
from services.billing.clearing import Said, clear_free
from services.billing.deposits import deposit, keep_account
from services.billing.insurer import answer, at_home, awaited, by_call, want
from services.billing.insurer import overdue as insurer_overdue
from services.billing.payers import payer, waived
from services.billing.payments import overdue, pay, refund
from services.billing.settlement import Item, settle
from services.billing.shapes import Charge, State
from services.billing.state import evolve, taken_back
from services.billing.taking_back import lapse, take_back
from shared.decider import NOTHING, Deadline, Decision, Hold, Input, Overdue, frame
from shared.events import AnyEvent, Event, examination, lab, pharmacy
from shared.events.base import derive
from shared.events.billing import (
    BillSettled,
    CapPassed,
    YearCarried,
    YearCarryWanted,
)
from shared.events.cards import CardsMerged, CardsUnmerged
from shared.events.consultation import ConsultationAccepted, ExaminationOrdered, LabTestOrdered, MedicationPrescribed
from shared.events.edge import PaymentTendered, RefundReported
from shared.events.edge_inpatient import DepositTendered
from shared.events.edge_insurer import InsurerAnswered
from shared.events.inpatient import DischargeOrdered, InpatientServiceRecorded
from shared.events.registration import VisitCancelled, VisitRegistered
from shared.events.runtime import DeadlinePassed
from shared.reference import Reference

REGISTRATION = {"outpatient": "门诊挂号", "emergency": "急诊挂号", "inpatient": "住院登记", "checkup": "体检登记"}


def decide(state: State, event: Input, reference: Reference) -> Decision:
    """Facts, or a hold of a payment, a deposit or a refund report whose bill, visit or refund may still come. What
    becomes of a stay's deposits comes after everything else, and a changed year of a merged card is carried on last."""
    decision = decide_alone(state, event, reference)
    if isinstance(decision, Hold):
        return decision
    home = event if isinstance(event, Overdue) else at_home(state, event)
    decision = (*decision, *keep_account(state, home, decision))
    return (*decision, *carry_on(state, home, decision))


def decide_alone(state: State, event: Input, reference: Reference) -> Decision:
    """The same of this card's year alone."""
    match event:
        case VisitRegistered() if not state.knows(event.visit.id):
            return register(state, event, reference)
        case LabTestOrdered() | ExaminationOrdered() | MedicationPrescribed() | InpatientServiceRecorded() if (
            not state.knows(event.order)
        ):
            return (order_charge(reference, event),)
        case DischargeOrdered():
            return settle_stay(state, event, reference)
        case ConsultationAccepted():
            orders = {order: state.raised[order] for order in event.orders if state.unbilled(order)}
            treat_first = event.visit.id in state.treat_first
            return bill(state, event, derive(event.consultation, "bill"), orders, reference, treat_first=treat_first)
        case (
            VisitCancelled()
            | lab.OrderCancelled()
            | examination.OrderCancelled()
            | pharmacy.OrderCancelled()
            | pharmacy.PrescriptionReturned()
        ):
            return take_back(state, event, taken_back(event))
        case DeadlinePassed(why="lapse"):
            return lapse(state, at_home(state, event))
        case DeadlinePassed(why="insurer"):
            return insurer_overdue(state, event)
        case InsurerAnswered():
            return answer(state, event, reference)
        case PaymentTendered() | DepositTendered() | RefundReported() | Overdue():
            return of_providers(state, event)
    return of_cards(state, event, reference)


def of_providers(state: State, event: PaymentTendered | DepositTendered | RefundReported | Overdue) -> Decision:
    """What a provider has done already, so no answer may lose it."""
    match event:
        case PaymentTendered():
            return pay(state, event)
        case DepositTendered():
            return deposit(state, event)
        case RefundReported():
            return refund(state, event)
        case Overdue():
            return overdue(state, event.request, event.code)


def of_cards(state: State, event: AnyEvent, reference: Reference) -> Decision:
    """What becomes of years when two cards become one, and two again."""
    match event:
        case CardsMerged() | CardsUnmerged():
            return ask_years(event, reference)
        case YearCarryWanted():
            return (*carry_back(state, event), *pass_caps(state, event, reference))
        case YearCarried():
            return pass_caps(state, event, reference)
        case CapPassed():
            return (record(event),)
    return NOTHING


def register(state: State, event: VisitRegistered, reference: Reference) -> Said:
    visit = event.visit.id
    raised = charge(reference, event, visit, f"reg:{event.kind}", display=REGISTRATION[event.kind])
    package = package_charge(reference, event)
    said = (raised, package) if package else (raised,)
    state = evolve(state, event)
    for one in said:
        state = evolve(state, one)
    charges = {one.order: state.raised[one.order] for one in said}
    return (*said, *bill(state, event, derive(visit, "bill"), charges, reference, treat_first=event.treat_first))


def settle_stay(state: State, event: DischargeOrdered, reference: Reference) -> Said:
    """One bill over what was given. It never lapses: what was given can't be taken back."""
    charges = {order: state.raised[order] for order in event.orders if state.unbilled(order)}
    return bill(state, event, event.derive("bill"), charges, reference, treat_first=True)


def bill(
    state: State, event: Event, name: str, charges: Mapping[str, Charge], reference: Reference, *, treat_first: bool
) -> Said:
    """One bill over these charges, once; what owes nothing is cleared at once, treat-first never lapses. Where the
    insurer settles by call it is asked first."""
    if not charges or name in state.bills or name in state.asks:
        return ()
    settled = split(awaited(state), event, name, charges, reference)
    if by_call(settled, reference):
        return want(settled)
    if not settled.own_share:
        return (settled, *clear_free(event, settled))
    return (settled,) if treat_first else (settled, Deadline("lapse", name, "lapse"))


def split(state: State, event: Event, name: str, charges: Mapping[str, Charge], reference: Reference) -> BillSettled:
    """The split of these charges by the rules of the visit's day and what the year has had so far."""
    on = event.visit.date
    paying, unpaid = payer(state, event.visit, reference)
    items = [
        Item(
            charge_id(order),
            order,
            one.amount,
            reference.cover(one.item, on),
            waived=waived(state, one.item, event.visit, reference),
        )
        for order, one in charges.items()
    ]
    lines = settle(items, paying, state.total, unpaid)
    return BillSettled(
        **frame(event),
        bill=name,
        lines=lines,
        total=sum(line.amount for line in lines),
        own_share=sum(line.own_share for line in lines),
        scheme=paying.terms.scheme if paying else None,
        rules_of=paying.terms.since if paying else None,
        category=paying.category if paying else None,
        level=paying.level if paying else None,
    )
