"""INITIAL and evolve: one card and one year of visits, event by event and fact by fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from services.billing.accounts import account
from services.billing.asked import answered, asked, said_of, taken_meanwhile
from services.billing.borne import borne, deducted
from services.billing.carried import merged_or_carried
from services.billing.shapes import Attendance, Bill, Charge, Fund, Line, Referral, Refund, State, digest
from shared.events import AnyEvent, Event, examination, lab, pharmacy
from shared.events.base import SHANGHAI, package_order
from shared.events.billing import (
    BillSettled,
    ChargeLapsed,
    ChargeRaised,
    ChargeReversed,
    PaymentReceived,
    PaymentRefused,
    RefundAsked,
    RefundConfirmed,
    YearCarried,
    YearCarryWanted,
)
from shared.events.billing_deposits import DepositReceived, DepositRefused
from shared.events.billing_insurer import (
    InsurerAnswerIrregular,
    SettlementReversalWanted,
    SettlementReversed,
    SettlementWanted,
)
from shared.events.consultation import ExaminationOrdered, LabTestOrdered, MedicationPrescribed, ReferralMade
from shared.events.registration import VisitCancelled, VisitRegistered

INITIAL = State()

NEWEST = 20
"""Referrals remembered: more than anybody needs, and bounded."""


def evolve(state: State, event: AnyEvent) -> State:
    """The state after an event or a fact; the same object when nothing changed."""
    return account(_evolve(state, event), event)


def _evolve(state: State, event: AnyEvent) -> State:
    match event:
        case VisitRegistered():
            return _treat_first(_attend(state, event), event)
        case LabTestOrdered() | ExaminationOrdered() | MedicationPrescribed():
            return _treat_first(state, event)
        case ReferralMade():
            day = event.time.astimezone(SHANGHAI).date()
            return _refer(state, Referral(event.where.institution, event.institution, day))
        case (
            VisitCancelled()
            | lab.OrderCancelled()
            | examination.OrderCancelled()
            | pharmacy.OrderCancelled()
            | pharmacy.PrescriptionReturned()
        ):
            orders = taken_back(event)
            return taken_meanwhile(_end(state, (order for order in orders if not state.knows(order))), orders)
        case ChargeRaised() if not state.knows(event.order):
            charge = Charge(event.amount, event.item, event.visit.id)
            return replace(state, raised={**state.raised, event.order: charge})
        case BillSettled() if event.bill not in state.bills:
            return _settle(state, event)
        case ChargeReversed() | ChargeLapsed():
            return _end(state, (event.order,))
        case SettlementWanted() | SettlementReversalWanted() | SettlementReversed() | InsurerAnswerIrregular():
            return asked(state, event)
        case YearCarryWanted() | YearCarried():
            return merged_or_carried(state, event)
    return _money(state, event)


def taken_back(event: Event) -> tuple[str, ...]:
    """The orders that an event takes back, each once. A registration's order is the visit itself, and its package's
    comes with it."""
    match event:
        case lab.OrderCancelled() | examination.OrderCancelled() | pharmacy.OrderCancelled():
            return (event.order,)
        case pharmacy.PrescriptionReturned():
            return tuple(dict.fromkeys(event.orders))
    return (event.visit.id, package_order(event.visit.id))


def surplus(bill: Bill, gone: str) -> tuple[Fund, ...]:
    """What of the money behind a bill nothing is left for once this order's line is gone, the latest money first."""
    left = sum(fund.amount for fund in bill.funds) - bill.own_share + bill.lines[gone].own_share
    back: list[Fund] = []
    for fund in reversed(bill.funds):
        taken = max(0, min(left, fund.amount))
        left -= taken
        back += [Fund(fund.reference, taken)] if taken else []
    return tuple(back)


def _money(state: State, event: AnyEvent) -> State:
    """The state after money has come or gone."""
    match event:
        case PaymentReceived() if event.bill in state.bills:
            bill = state.bills[event.bill]
            paid = replace(bill, funds=(*bill.funds, Fund(event.reference, event.amount)))
            return _use(replace(state, bills={**state.bills, event.bill: paid}), event.reference)
        case PaymentRefused() | DepositReceived() | DepositRefused():
            return _use(state, event.reference)
        case RefundAsked() if event.refund not in state.refunds:
            asked = Refund(event.visit.id, event.visit.date, event.amount)
            return replace(state, refunds={**state.refunds, event.refund: asked})
        case RefundConfirmed() if state.owes(event.refund):
            confirmed = state.refunds[event.refund]._replace(confirmed=True)
            return replace(state, refunds={**state.refunds, event.refund: confirmed})
    return state


def _attend(state: State, event: VisitRegistered) -> State:
    if event.visit.id in state.attended:
        return state
    entitlements = tuple(event.entitlements or ())
    attendance = Attendance(event.where.institution, event.kind, event.payer or "", entitlements)
    return replace(state, attended={**state.attended, event.visit.id: attendance})


def _refer(state: State, referral: Referral) -> State:
    known = referral in state.referrals
    return state if known else replace(state, referrals=(*state.referrals, referral)[-NEWEST:])


def _treat_first(
    state: State, event: VisitRegistered | LabTestOrdered | ExaminationOrdered | MedicationPrescribed
) -> State:
    if not event.treat_first or event.visit.id in state.treat_first:
        return state
    return replace(state, treat_first=(*state.treat_first, event.visit.id))


def _use(state: State, reference: str) -> State:
    return state if state.used(reference) else replace(state, references=(*state.references, digest(reference)))


def _settle(state: State, settled: BillSettled) -> State:
    lines = {
        line.order: Line(
            line.amount,
            line.own_share,
            line.insurer,
            line.major_illness,
            line.waiver,
            line.counted or 0,
            line.deductible or 0,
        )
        for line in settled.lines
    }
    raised = {order: charge for order, charge in state.raised.items() if order not in lines}
    visit = settled.visit.id
    lasting = visit in state.treat_first or (visit in state.accounts and settled.bill in state.accounts[visit].bills)
    bill = Bill(visit, settled.visit.date, lines, category=settled.category, lasting=lasting, insurer=said_of(settled))
    year = borne(state.year, bill, lines.values(), 1)
    deductibles = deducted(state.deductibles, bill, lines.values(), 1)
    state = answered(state, settled.bill)
    return replace(state, raised=raised, bills={**state.bills, settled.bill: bill}, year=year, deductibles=deductibles)


def _end(state: State, orders: Iterable[str]) -> State:
    """These orders' charges are over: off their bill and out of their payer's year, and never to be raised again."""
    for order in orders:
        if order not in state.over:
            state = _over(state, order)
    return state


def _over(state: State, order: str) -> State:
    raised = {other: charge for other, charge in state.raised.items() if other != order}
    over = (*state.over, order)
    name = state.bill_of(order)
    if name is None:
        return replace(state, raised=raised, over=over)
    bill = state.bills[name]
    line = bill.lines[order]
    back = {fund.reference: fund.amount for fund in surplus(bill, order)}
    left = replace(
        bill,
        lines={other: kept for other, kept in bill.lines.items() if other != order},
        funds=tuple(Fund(one, amount - back.get(one, 0)) for one, amount in bill.funds),
    )
    return replace(
        state,
        raised=raised,
        over=over,
        bills={**state.bills, name: left},
        year=borne(state.year, bill, [line], -1),
        deductibles=deducted(state.deductibles, bill, [line], -1),
    )
