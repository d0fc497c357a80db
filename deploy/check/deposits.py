"""Deposits of one card's stays in a year, followed in log order beside its bills, to the fen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from deploy.check.charges import Charges
from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.base import derive
from shared.events.billing_deposits import AccountClosed, DepositApplied, DepositReceived, DepositReturned
from shared.events.inpatient import PatientDischarged
from shared.events.registration import VisitCancelled, VisitRegistered


@dataclass
class Deposits:
    """By deposit who received it and what is left of it in fen; by visit which account was closed."""

    card: Card
    charges: Charges
    received: dict[str, Told] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    closed: dict[str, Told] = field(default_factory=dict)

    def hear(self, one: Told) -> Iterator[Finding]:
        """Follow one fact; what is wrong with it."""
        match one.event:
            case DepositReceived():
                yield from self._receive(one)
            case DepositApplied():
                yield from self._apply(one)
            case DepositReturned(deposit=deposit, amount=amount):
                if not self._is_of(one, deposit) or amount != self.left[deposit]:
                    yield self.card.finding("deposit_amount", one)
                self.left[deposit] = 0
            case AccountClosed():
                yield from self._close(one)

    def close(self) -> Iterator[Finding]:
        """Money still held for a stay that is over and owes nothing."""
        over = {one.event.visit.id for one in self.card.of(PatientDischarged, VisitCancelled)}
        for deposit, left in self.left.items():
            visit = self.received[deposit].event.visit.id
            if left and visit in over and not self._owes(visit):
                yield self.card.finding("deposit_kept", self.received[deposit])

    @property
    def held(self) -> int:
        """Fen that are held."""
        return sum(self.left.values())

    def _receive(self, one: Told) -> Iterator[Finding]:
        deposit, visit = one.event.deposit, one.event.visit
        stays = (told.event for told in self.card.of(VisitRegistered) if told.event.kind == "inpatient")
        if deposit != derive(one.cause, "deposit") or visit not in [stay.visit for stay in stays]:
            yield self.card.finding("deposit_unknown", one)
        if visit.id in self.closed:
            yield self.card.finding("account_closed", one, self.closed[visit.id])
        self.received[deposit], self.left[deposit] = one, one.event.amount

    def _apply(self, one: Told) -> Iterator[Finding]:
        event = one.event
        bill = self.charges.bills.get(event.bill)
        if not self._is_of(one, event.deposit) or bill is None or bill.told.event.visit != event.visit:
            yield self.card.finding("deposit_unknown", one)
            return
        owed = self.charges.owed(event.bill)
        if not 0 < event.amount <= min(owed, self.left[event.deposit]) or event.left != owed - event.amount:
            yield self.card.finding("deposit_amount", one)
        bill.received += event.amount
        self.left[event.deposit] -= event.amount
        self.applied[event.deposit] = self.applied.get(event.deposit, 0) + event.amount

    def _close(self, one: Told) -> Iterator[Finding]:
        visit = one.event.visit.id
        mine = [id for id, told in self.received.items() if told.event.visit.id == visit]
        deposited = sum(self.received[id].event.amount for id in mine)
        applied = sum(self.applied.get(id, 0) for id in mine)
        balanced = (one.event.deposited, one.event.applied) == (deposited, applied) and not self._owes(visit)
        if visit in self.closed or not balanced or any(self.left[id] for id in mine):
            yield self.card.finding("account_closed", one, *filter(None, [self.closed.get(visit)]))
        self.closed.setdefault(visit, one)

    def _is_of(self, one: Told, deposit: str) -> bool:
        return deposit in self.received and self.received[deposit].event.visit == one.event.visit

    def _owes(self, visit: str) -> bool:
        waits = any(one.event.visit.id == visit for one in self.charges.wanted.values())
        bills = self.charges.bills.items()
        return waits or any(self.charges.owed(name) for name, bill in bills if bill.told.event.visit.id == visit)
