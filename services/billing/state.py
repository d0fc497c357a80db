"""What billing remembers of one card and one year of visits: State, INITIAL, evolve.

A paid line can be cancelled and refunded however late, and a provider can repeat a payment however late, so nothing
is forgotten inside the year; what is kept is small instead (README.md says how small). The field names are the
storage format.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from shared.events import Event, lab, pharmacy
from shared.events.billing import (
    BillSettled,
    ChargeLapsed,
    ChargeRaised,
    ChargeReversed,
    PaymentReceived,
    PaymentRefused,
    RefundAsked,
    RefundConfirmed,
)
from shared.events.consultation import LabTestOrdered, MedicationPrescribed
from shared.events.registration import VisitCancelled, VisitRegistered


class Line(NamedTuple):
    """A live charge on a bill, in fen."""

    amount: int
    own_share: int


class Refund(NamedTuple):
    """Money that is due back in a visit of that day, in fen, until it is confirmed as returned."""

    visit: str
    day: date
    amount: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill's live lines by order, and its visit's id and day. It is paid when it names the reference that paid it.

    An unpaid bill that owes nothing has had its live lines cleared: so a line is cleared once without keeping count.
    """

    visit: str
    day: date
    lines: dict[str, Line]
    paid_with: str = ""

    @property
    def owed(self) -> int:
        """Fen the resident must pay before the live lines are cleared."""
        return 0 if self.paid_with else sum(line.own_share for line in self.lines.values())


@dataclass(frozen=True, slots=True)
class State:
    """Amounts by order before their bill; bills and refunds by id; orders whose charge is over or may never be raised;
    digests of used references; visits that are treated first."""

    raised: dict[str, int] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    over: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    refunds: dict[str, Refund] = field(default_factory=dict)
    treat_first: tuple[str, ...] = ()

    def bill_of(self, order: str) -> str | None:
        """The bill that has this order's live line."""
        return next((bill for bill, kept in self.bills.items() if order in kept.lines), None)

    def knows(self, order: str) -> bool:
        """Whether this order was charged before, or taken back before it could be."""
        return order in self.raised or order in self.over or self.bill_of(order) is not None

    def owes(self, refund: str) -> bool:
        """Whether this refund was asked for and is still due back."""
        return refund in self.refunds and not self.refunds[refund].confirmed

    def used(self, reference: str) -> bool:
        """Whether a payment with this provider's reference was answered before."""
        return digest(reference) in self.references


INITIAL = State()


def evolve(state: State, event: Event) -> State:
    """The state after an event or a fact; the same object when nothing changed."""
    match event:
        case VisitRegistered() | LabTestOrdered() | MedicationPrescribed():
            return replace(state, treat_first=(*state.treat_first, event.visit.id)) if _new(state, event) else state
        case VisitCancelled() | lab.OrderCancelled() | pharmacy.OrderCancelled() | pharmacy.PrescriptionReturned():
            return _end(state, (order for order in taken_back(event) if not state.knows(order)))
        case ChargeRaised() if not state.knows(event.order):
            return replace(state, raised={**state.raised, event.order: event.amount})
        case BillSettled() if event.bill not in state.bills:
            return _settle(state, event)
        case ChargeReversed() | ChargeLapsed():
            return _end(state, (event.order,))
        case PaymentReceived() if event.bill in state.bills:
            paid = replace(state.bills[event.bill], paid_with=event.reference)
            return _use(replace(state, bills={**state.bills, event.bill: paid}), event.reference)
        case PaymentRefused():
            return _use(state, event.reference)
        case RefundAsked() if event.refund not in state.refunds:
            asked = Refund(event.visit.id, event.visit.date, event.amount)
            return replace(state, refunds={**state.refunds, event.refund: asked})
        case RefundConfirmed() if state.owes(event.refund):
            confirmed = state.refunds[event.refund]._replace(confirmed=True)
            return replace(state, refunds={**state.refunds, event.refund: confirmed})
    return state


def taken_back(event: Event) -> tuple[str, ...]:
    """The orders that an event takes back, each once. A registration's order is the visit itself."""
    match event:
        case lab.OrderCancelled() | pharmacy.OrderCancelled():
            return (event.order,)
        case pharmacy.PrescriptionReturned():
            return tuple(dict.fromkeys(event.orders))
    return (event.visit.id,)


def digest(reference: str) -> str:
    """8 bytes stand for a reference of up to 64: a chance meeting within one card and year is out of question."""
    return hashlib.blake2b(reference.encode(), digest_size=8).hexdigest()


def _new(state: State, event: VisitRegistered | LabTestOrdered | MedicationPrescribed) -> bool:
    return event.treat_first and event.visit.id not in state.treat_first


def _use(state: State, reference: str) -> State:
    return state if state.used(reference) else replace(state, references=(*state.references, digest(reference)))


def _settle(state: State, settled: BillSettled) -> State:
    lines = {line.order: Line(line.amount, line.own_share) for line in settled.lines}
    raised = {order: amount for order, amount in state.raised.items() if order not in lines}
    bill = Bill(settled.visit.id, settled.visit.date, lines)
    return replace(state, raised=raised, bills={**state.bills, settled.bill: bill})


def _end(state: State, orders: Iterable[str]) -> State:
    """These orders' charges are over: off their bill, and never to be raised again."""
    gone = tuple(order for order in orders if order not in state.over)
    if not gone:
        return state
    raised = {order: amount for order, amount in state.raised.items() if order not in gone}
    touched = {name: state.bills[name] for order in gone if (name := state.bill_of(order)) is not None}
    bills = {
        name: replace(bill, lines={order: line for order, line in bill.lines.items() if order not in gone})
        for name, bill in touched.items()
    }
    return replace(state, raised=raised, bills={**state.bills, **bills}, over=(*state.over, *gone))
