"""Money to the fen, from what was said alone: per card and year, since that is how far a bill's rules reach.

Σ raised − Σ reversed − Σ lapsed = insurer + major illness + waiver + own share (+ what waits for its bill);
Σ tendered (each provider reference once) = Σ applied to own share + deposits held + returned + due back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from deploy.check.charges import Charges
from deploy.check.deposits import Deposits
from deploy.check.insured import Insured
from deploy.check.payments import Payments
from deploy.check.result import Finding
from deploy.check.splits import Splits
from deploy.check.told import Card, Told
from shared.events import Event
from shared.events.billing import YearCarried, YearCarryWanted
from shared.events.edge import PaymentTendered
from shared.events.edge_inpatient import DepositTendered

HEARD = (YearCarried, YearCarryWanted)
"""What billing says to itself: it is in force where it stands."""


def money(card: Card) -> Iterator[Finding]:
    """What of one card's money does not add up. Where billing is behind nothing is said: its last facts may not all
    be on the log."""
    if card.is_behind("billing"):
        return
    years: dict[int, list[Told]] = defaultdict(list)
    for one in card.told:
        if one.sayer == "billing" and isinstance(one.event, Event):
            years[one.event.visit.date.year].append(one)
        elif isinstance(one.event, HEARD):
            years[one.event.year].append(one)
    for told in years.values():
        yield from _year(card, told)


def references(card: Card) -> Iterator[tuple[str, int, str]]:
    """The provider references that counted: reference, year, and the payment's id."""
    for one in card.of(PaymentTendered, DepositTendered):
        if any(fact.sayer == "billing" for fact in card.by_cause.get(one.id, ())):
            yield one.event.reference, one.event.visit.date.year, one.id


def _year(card: Card, told: list[Told]) -> Iterator[Finding]:
    charges = Charges(card)
    deposits = Deposits(card, charges)
    payments = Payments(card, charges, deposits)
    insured = Insured(card, charges)
    splits = Splits(card, card.tariff) if card.tariff else None
    found: list[Finding] = []
    for one in told:
        found += payments.hear(one)
        found += deposits.hear(one)
        found += insured.hear(one)
        found += charges.hear(one)
    for one in as_decided(card, told):
        found += splits.hear(one) if splits else ()
    found += charges.close()
    found += insured.close()
    found += payments.close()
    found += deposits.close()
    yield from insured.waiting()
    # The sums are the net under the single findings: they speak when none of those does.
    yield from found or _sums(card, told, charges, payments)


def as_decided(card: Card, told: list[Told]) -> list[Told]:
    """In the order in which billing decided: what is carried counts from where it stands, a bill is decided where its
    cause stands, and said later."""
    if not any(isinstance(one.event, HEARD) for one in told):
        return told
    return sorted(told, key=partial(_decided_at, card))


def _decided_at(card: Card, one: Told) -> int:
    cause: Told = one if isinstance(one.event, HEARD) else card.by_id.get(one.cause, one)
    return cause.offset


def _sums(card: Card, told: list[Told], charges: Charges, payments: Payments) -> Iterator[Finding]:
    if charges.difference():
        yield card.finding("charges_do_not_balance", told[0])
    if payments.difference():
        yield card.finding("payments_do_not_balance", told[0])
