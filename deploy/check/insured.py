"""What insurers settled by call: every bill is what its answer said, and what is over went back to who paid it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from deploy.check.charges import Charges
from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.billing import BillLine, BillSettled, ChargeLapsed, ChargeReversed
from shared.events.billing_insurer import SettlementReversalWanted, SettlementReversed
from shared.events.edge_insurer import InsuredLine, InsurerAnswered


@dataclass
class Insured:
    """One card and year: the lines insurers settled and the bill each is on, what is over of them, and what of that
    was wanted back, by charge. Hears a fact before the charges do."""

    card: Card
    charges: Charges
    settled: dict[str, tuple[BillLine, Told]] = field(default_factory=dict)
    over: dict[str, Told] = field(default_factory=dict)
    back: dict[str, Told] = field(default_factory=dict)
    reversed: dict[str, Told] = field(default_factory=dict)

    def hear(self, one: Told) -> Iterator[Finding]:
        """Follow one fact; what is wrong with it."""
        match one.event:
            case BillSettled(bill=bill) if bill not in self.charges.bills:
                yield from self._settle(one)
            case ChargeReversed(charge=charge) | ChargeLapsed(charge=charge) if charge in self.settled:
                self.over.setdefault(charge, one)
            case SettlementReversalWanted(charge=charge):
                if charge in self.back or not self._is_owed(one):
                    yield self.card.finding("settlement_back", one)
                self.back.setdefault(charge, one)
            case SettlementReversed(charge=charge):
                if charge in self.reversed or charge not in self.back:
                    yield self.card.finding("settlement_back", one)
                self.reversed.setdefault(charge, one)

    def close(self) -> Iterator[Finding]:
        """What was never wanted back."""
        for charge, one in self.over.items():
            if charge not in self.back:
                yield self.card.finding("settlement_back", one)

    def waiting(self) -> Iterator[Finding]:
        """What an insurer has not answered yet, which is nobody's fault here."""
        back = (one for charge, one in self.back.items() if charge not in self.reversed)
        for one in (*self.charges.wanted.values(), *back):
            yield self.card.finding("insurer_awaited", one, standing="held")

    def _settle(self, one: Told) -> Iterator[Finding]:
        bill, wanted = one.event, self.charges.wanted.get(one.event.bill)
        if wanted is None:
            if bill.settlement or bill.refused:
                yield self.card.finding("settlement_unasked", one)
            return
        answer = self.card.by_id.get(one.cause)
        asked = [(line.charge, line.order, line.amount) for line in wanted.event.lines]
        if [(line.charge, line.order, line.amount) for line in bill.lines] != asked or not _is_said(bill, answer):
            yield self.card.finding("settlement_amount", one, wanted)
        if bill.settlement:
            self.settled |= {line.charge: (line, one) for line in bill.lines}

    def _is_owed(self, one: Told) -> bool:
        """Whether a line that is over goes back as it was settled."""
        wanted = one.event
        if wanted.charge not in self.over:
            return False
        line, bill = self.settled[wanted.charge]
        paid = (line.insurer, line.major_illness, bill.event.settlement, bill.event.bill)
        return paid == (wanted.insurer, wanted.major_illness, wanted.reference, wanted.bill)


def _is_said(bill: BillSettled, told: Told | None) -> bool:
    """Whether a bill is to the fen what its insurer answered."""
    answer = told.event if told else None
    if not isinstance(answer, InsurerAnswered) or (answer.bill, answer.charge) != (bill.bill, None):
        return False
    if answer.outcome == "refused":
        return bill.settlement is None and not any(line.insurer or line.major_illness for line in bill.lines)
    paid = {line.charge: _parts(line) for line in answer.lines or ()}
    done = answer.outcome == "done" and bill.refused is None and bill.settlement == answer.reference is not None
    return done and {line.charge: _parts(line) for line in bill.lines} == paid


def _parts(line: BillLine | InsuredLine) -> tuple[int, int, int, int]:
    return line.insurer, line.major_illness, line.deductible or 0, line.counted or 0
