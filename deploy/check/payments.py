"""Payments and refunds of one card and year, followed in log order beside the charges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from deploy.check.charges import Charges
from deploy.check.deposits import Deposits
from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.base import derive
from shared.events.billing import (
    ChargeReversed,
    PaymentReceived,
    PaymentRefused,
    RefundAsked,
    RefundConfirmed,
    RefundFailed,
)
from shared.events.billing_deposits import DepositReceived, DepositRefused, DepositReturned
from shared.events.edge import PaymentTendered
from shared.events.edge_inpatient import DepositTendered

REFUSED = (PaymentRefused, DepositRefused)


@dataclass
class Payments:
    """Tendered by provider reference; refunds by id. Hears a fact before the charges do."""

    card: Card
    charges: Charges
    deposits: Deposits
    tendered: dict[str, Told] = field(default_factory=dict)
    due: dict[str, tuple[Told, int]] = field(default_factory=dict)
    asked: dict[str, Told] = field(default_factory=dict)
    confirmed: dict[str, Told] = field(default_factory=dict)

    def hear(self, one: Told) -> Iterator[Finding]:
        """Follow one fact; what is wrong with it."""
        match one.event:
            case PaymentReceived() | PaymentRefused() | DepositReceived() | DepositRefused():
                yield from self._answer(one)
            case ChargeReversed(order=order) if back := self._back(order):
                self.due[derive(one.event.charge, "refund")] = one, back
            case DepositReturned(refund=refund, deposit=deposit, amount=amount):
                if refund == derive(deposit, "refund"):
                    self.due[refund] = one, amount
            case RefundAsked():
                yield from self._ask(one)
            case RefundConfirmed() | RefundFailed():
                yield from self._report(one)

    def _back(self, order: str) -> int:
        """What nothing is left for on a bill once this order's line is gone from it."""
        name = self.charges.bill_of.get(order)
        if name is None or order in self.charges.over:
            return 0
        left = self.charges.own_share(name) - self.charges.bills[name].lines[order].own_share
        return self.charges.applied(name) - min(self.charges.bills[name].received, left)

    def close(self) -> Iterator[Finding]:
        """What is due back and was never asked for."""
        for refund, (one, _) in self.due.items():
            if refund not in self.asked:
                yield self.card.finding("refund_missing", one)

    def difference(self) -> int:
        """Tendered less what is applied to own shares, held, returned, and due back."""
        total: int = sum(one.event.amount for one in self.tendered.values())
        total -= sum(map(self.charges.applied, self.charges.bills)) + self.deposits.held
        total -= sum(one.event.amount for one in self.asked.values())
        return total

    def _answer(self, one: Told) -> Iterator[Finding]:
        fact, tender = one.event, self.card.by_id.get(one.cause)
        kind = PaymentTendered if isinstance(fact, PaymentReceived | PaymentRefused) else DepositTendered
        if tender is None or not isinstance(tender.event, kind):
            yield self.card.finding("payment_unknown", one)
            return
        known = self.tendered.get(fact.reference)
        self.tendered.setdefault(fact.reference, tender)
        if (fact.amount, fact.reference) != (tender.event.amount, tender.event.reference):
            yield self.card.finding("payment_amount", one, tender)
        if isinstance(fact, DepositReceived) and known is not None:
            yield self.card.finding("reference_twice", one, known)
        elif isinstance(fact, PaymentReceived):
            yield from self._receive(one, known)
        elif isinstance(fact, PaymentRefused | DepositRefused) and fact.due_back != (
            0 if known else tender.event.amount
        ):
            yield self.card.finding("reference_twice" if known else "payment_amount", one, tender)
        if isinstance(fact, PaymentRefused | DepositRefused) and fact.due_back:
            self.due[derive(tender.id, "refund")] = one, fact.due_back

    def _receive(self, one: Told, known: Told | None) -> Iterator[Finding]:
        bill = self.charges.bills.get(one.event.bill)
        if known is not None:
            yield self.card.finding("reference_twice", one, known)
        if bill is None:
            yield self.card.finding("payment_unknown", one)
        elif bill.paid is not None:
            yield self.card.finding("bill_paid_twice", one, bill.paid)
        else:
            if self.charges.owed(one.event.bill) != one.event.amount:
                yield self.card.finding("payment_amount", one, bill.told)
            bill.paid = one
            bill.received += one.event.amount

    def _ask(self, one: Told) -> Iterator[Finding]:
        refund = one.event.refund
        if refund in self.asked:
            yield self.card.finding("refund_twice", one, self.asked[refund])
            return
        self.asked[refund] = one
        if refund not in self.due:
            yield self.card.finding("refund_unasked", one)
        elif self.due[refund][1] != one.event.amount:
            yield self.card.finding("refund_amount", one, self.due[refund][0])

    def _report(self, one: Told) -> Iterator[Finding]:
        asked = self.asked.get(one.event.refund)
        if asked is None:
            yield self.card.finding("refund_unasked", one)
        elif asked.event.amount != one.event.amount:
            yield self.card.finding("refund_amount", one, asked)
        elif one.event.refund in self.confirmed:
            yield self.card.finding("refund_twice", one, self.confirmed[one.event.refund])
        elif isinstance(one.event, RefundConfirmed):
            self.confirmed[one.event.refund] = one
