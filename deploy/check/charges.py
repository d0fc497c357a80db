"""Charges, bills and clearances of one card and year, followed in log order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal

from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.billing import BillLine, BillSettled, ChargeLapsed, ChargeRaised, ChargeReversed, OrderCleared
from shared.events.billing_insurer import SettlementWanted

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
MOST = 10_000_000_000
"""Fen one charge may be at most (the language bounds a bill)."""


@dataclass
class Bill:
    """A bill as it stands: who settled it, its lines by order, the payment that paid it, and what money it was given,
    by that and from deposits."""

    told: Told
    lines: dict[str, BillLine]
    paid: Told | None = None
    received: int = 0


@dataclass
class Charges:
    """Everything by order id; bills, and those that wait for their insurer (`wanted`), by their own."""

    card: Card
    raised: dict[str, Told] = field(default_factory=dict)
    over: dict[str, Told] = field(default_factory=dict)
    cleared: dict[str, Told] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    wanted: dict[str, Told] = field(default_factory=dict)
    bill_of: dict[str, str] = field(default_factory=dict)

    def hear(self, one: Told) -> Iterator[Finding]:
        """Follow one fact; what is wrong with it."""
        match one.event:
            case ChargeRaised():
                yield from self._raise(one)
            case SettlementWanted(bill=bill):
                if bill in self.bills or bill in self.wanted:
                    yield self.card.finding("bill_twice", one)
                self.wanted[bill] = one
            case BillSettled():
                yield from self._settle(one)
            case ChargeReversed() | ChargeLapsed():
                yield from self._end(one)
            case OrderCleared(order=order):
                if order in self.cleared:
                    yield self.card.finding("cleared_twice", one, self.cleared[order])
                elif self.owed(self.bill_of.get(order, "")) != 0:
                    yield self.card.finding("cleared_unpaid", one)
                self.cleared.setdefault(order, one)

    def close(self) -> Iterator[Finding]:
        """What is missing at the end: live orders of a bill that owes nothing are cleared."""
        for name, bill in self.bills.items():
            if self.owed(name) == 0:
                for order in self.live(name):
                    if order not in self.cleared:
                        yield self.card.finding("not_cleared", bill.told, detail=f"order {order}")

    def live(self, name: str) -> dict[str, BillLine]:
        """The lines of a bill that are neither reversed nor lapsed."""
        return {order: line for order, line in self.bills[name].lines.items() if order not in self.over}

    def owed(self, name: str) -> int:
        """Fen still owed of a bill; 1 of a bill nobody settled, which nothing can clear."""
        if name not in self.bills:
            return 1
        return 0 if self.bills[name].paid else max(0, self.own_share(name) - self.bills[name].received)

    def own_share(self, name: str) -> int:
        """The resident's part of a bill's live lines."""
        return sum(line.own_share for line in self.live(name).values())

    def applied(self, name: str) -> int:
        """What stands behind a bill: all it was given, less what was due back as lines were reversed."""
        return min(self.bills[name].received, self.own_share(name))

    def difference(self) -> int:
        """Raised less what is over, less what the live lines split and what waits for its bill."""
        total: int = sum(one.event.amount for one in self.raised.values())
        total -= sum(one.event.amount for order, one in self.over.items() if order in self.raised)
        for name in self.bills:
            for line in self.live(name).values():
                total -= line.insurer + line.major_illness + line.waiver + line.own_share
        waiting = self.raised.keys() - self.bill_of.keys() - self.over.keys()
        total -= sum(self.raised[order].event.amount for order in waiting)
        return total

    def _raise(self, one: Told) -> Iterator[Finding]:
        charge = one.event
        if charge.order in self.raised:
            yield self.card.finding("charge_twice", one, self.raised[charge.order])
            return
        self.raised[charge.order] = one
        exact = EXACT.multiply(Decimal(charge.unit_price), Decimal(charge.quantity))
        if charge.amount != max(0, min(MOST, int(EXACT.to_integral_value(exact)))):
            yield self.card.finding("charge_amount", one)
        tariff = self.card.tariff
        if tariff is not None and charge.unit_price != tariff.price(charge.item, charge.visit.date):
            yield self.card.finding("charge_price", one)

    def _settle(self, one: Told) -> Iterator[Finding]:
        bill = one.event
        if bill.bill in self.bills:
            yield self.card.finding("bill_twice", one, self.bills[bill.bill].told)
            return
        for line in bill.lines:
            charge = self.raised.get(line.order)
            if charge is None or charge.event.charge != line.charge:
                yield self.card.finding("line_unknown", one)
            elif charge.event.amount != line.amount:
                yield self.card.finding("line_amount", one, charge)
            if line.order in self.bill_of:
                yield self.card.finding("line_twice", one, self.bills[self.bill_of[line.order]].told)
            if line.amount != line.insurer + line.major_illness + line.waiver + line.own_share:
                yield self.card.finding("line_split", one)
            self.bill_of.setdefault(line.order, bill.bill)
        totals = sum(line.amount for line in bill.lines), sum(line.own_share for line in bill.lines)
        if totals != (bill.total, bill.own_share):
            yield self.card.finding("bill_total", one)
        self.wanted.pop(bill.bill, None)
        self.bills[bill.bill] = Bill(one, {line.order: line for line in bill.lines})

    def _end(self, one: Told) -> Iterator[Finding]:
        gone = one.event
        raised = self.raised.get(gone.order)
        if gone.order in self.over:
            yield self.card.finding("charge_over_twice", one, self.over[gone.order])
            return
        if raised is None or raised.event.charge != gone.charge:
            yield self.card.finding("charge_over_unknown", one)
        elif raised.event.amount != gone.amount or not self._shares_agree(gone):
            yield self.card.finding("charge_over_amount", one, raised)
        self.over[gone.order] = one

    def _shares_agree(self, gone: ChargeReversed | ChargeLapsed) -> bool:
        if isinstance(gone, ChargeLapsed):
            return True
        bill = self.bills.get(self.bill_of.get(gone.order, ""))
        if bill is None:
            return gone.own_share == 0 and not gone.paid
        paid = bool(bill.received) and not self.owed(self.bill_of[gone.order])
        return (gone.own_share, gone.paid) == (bill.lines[gone.order].own_share, paid)
