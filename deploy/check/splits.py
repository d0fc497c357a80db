"""Whether bills are split as the payers' rules say: worked out anew, in fractions, from what was said alone.

Not the order of remainders but what they are for is judged: a payer's part of a bill is its own to the fen, and no line
is a whole fen away from its part of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from deploy.check.carried_over import Carried
from deploy.check.result import Finding
from deploy.check.shares import fair, half_up
from deploy.check.tariff import UP, Rules, Tariff
from deploy.check.told import Card, Told
from shared.events.base import SHANGHAI
from shared.events.billing import (
    BillLine,
    BillSettled,
    ChargeLapsed,
    ChargeRaised,
    ChargeReversed,
    YearCarried,
    YearCarryWanted,
)
from shared.events.consultation import ReferralMade
from shared.events.registration import VisitRegistered


@dataclass
class Splits:
    """One card and year. `year` is what payers' live lines come to, `borne` what each admission's deductible."""

    card: Card
    tariff: Tariff
    items: dict[str, str] = field(default_factory=dict)
    live: dict[str, tuple[BillSettled, BillLine]] = field(default_factory=dict)
    bills: set[str] = field(default_factory=set)
    year: Counter[str] = field(default_factory=Counter)
    borne: Counter[str] = field(default_factory=Counter)
    carried: Carried = field(init=False)

    def __post_init__(self) -> None:
        self.carried = Carried(self.card, self.tariff)

    def hear(self, one: Told) -> Iterator[Finding]:
        """Follow one fact; what is wrong with it."""
        match one.event:
            case ChargeRaised():
                self.items.setdefault(one.event.order, one.event.item)
            case BillSettled() if one.event.bill not in self.bills:
                yield from self._settle(one)
            case ChargeReversed() | ChargeLapsed() if one.event.order in self.live:
                bill, line = self.live.pop(one.event.order)
                self._count(bill, line, -1)
                if isinstance(one.event, ChargeReversed) and _parts(one.event) != _parts(line):
                    yield self.card.finding("reversal_split", one)
            case YearCarryWanted() | YearCarried():
                yield from self.carried.hear(one, self.year)

    def _settle(self, one: Told) -> Iterator[Finding]:
        bill: BillSettled = one.event
        self.bills.add(bill.bill)
        rules = self._rules(one)
        named = (bill.scheme, bill.rules_of, bill.category, bill.level)
        if named != (_named(rules) if isinstance(rules, Rules) else (None,) * 4):
            yield self.card.finding("bill_rules", one)
        elif isinstance(rules, Rules) and rules.is_asked and bill.total:
            if not self._is_asked(one):
                yield self.card.finding("bill_split", one)
        elif not (self._is_split(one, rules) if isinstance(rules, Rules) else self._is_alone(one, rules)):
            yield self.card.finding("bill_split", one)
        if any(not _explained(line) for line in bill.lines):
            yield self.card.finding("bill_why", one)
        for line in bill.lines:
            self.live[line.order] = bill, line
            self._count(bill, line, 1)

    def _is_asked(self, one: Told) -> bool:
        """The insurer said something, and waivers take what it left; whether it said this, `insured.py` judges."""
        said = one.event.settlement or one.event.refused
        return bool(said) and all(self._is_waived_whole(one, line) for line in one.event.lines)

    def _is_alone(self, one: Told, why: str) -> bool:
        """Nobody pays but waivers, and each line says why."""
        return all(
            not line.insurer
            and not line.major_illness
            and line.waiver == (line.amount if self._waived(one, line) else 0)
            and (not why or why in {rule.rule for rule in line.why or ()})
            for line in one.event.lines
        )

    def _is_split(self, one: Told, rules: Rules) -> bool:
        lines, on = one.event.lines, one.event.visit.date
        items = [self.items.get(line.order, "") for line in lines]
        firsts = [
            half_up(line.amount * self.tariff.first_share(item, on)) for line, item in zip(lines, items, strict=True)
        ]
        bases = [line.amount - first for line, first in zip(lines, firsts, strict=True)]
        deductible = max(0, rules.deductible(referred=self._referred(one)) - self.borne[one.event.visit.id])
        borne = [line.deductible or 0 for line in lines]
        covered = [base - gone for base, gone in zip(bases, borne, strict=True)]
        had = self.carried.with_others(self.year)
        room = max(0, rules.cap - had[rules.category])
        insurer = min(half_up(rules.share * sum(covered)), room)
        counted = [
            0 if self._waived(one, line) else base - line.insurer + self._counts(rules, item, on) * first
            for line, item, base, first in zip(lines, items, bases, firsts, strict=True)
        ]
        due = min(rules.major["cap"], half_up(rules.brackets(had["counted"] + sum(counted))))
        major = max(0, min(sum(counted), due - had["major_illness"]))
        return (
            fair(borne, min(deductible, sum(bases)), bases)
            and fair([line.insurer for line in lines], insurer, covered)
            and counted == [line.counted or 0 for line in lines]
            and fair([line.major_illness for line in lines], major, counted)
            and all(self._is_waived_whole(one, line) for line in lines)
        )

    def _is_waived_whole(self, one: Told, line: BillLine) -> bool:
        rest = line.amount - line.insurer - line.major_illness
        return line.waiver == (rest if self._waived(one, line) else 0)

    def _counts(self, rules: Rules, item: str, on: date) -> bool:
        return bool(rules.major["first_share_counts"]) and self.tariff.is_class_b(item, on)

    def _count(self, bill: BillSettled, line: BillLine, sign: int) -> None:
        if bill.category is None:
            return
        self.year[bill.category] += sign * line.insurer
        self.year["counted"] += sign * (line.counted or 0)
        self.year["major_illness"] += sign * line.major_illness
        self.borne[bill.visit.id] += sign * (line.deductible or 0)

    def _rules(self, one: Told) -> Rules | str:
        visit = self._visits.get(one.event.visit.id)
        if visit is None:
            return ""
        found = self.tariff.rules(visit.kind, visit.where.institution, visit.entitlements or (), visit.visit.date)
        return "self_pay" if found and visit.payer == "self" else found

    def _waived(self, one: Told, line: BillLine) -> bool:
        visit = self._visits.get(one.event.visit.id)
        item = self.items.get(line.order, "")
        return visit is not None and self.tariff.is_waived(item, visit.entitlements or (), visit.visit.date)

    def _referred(self, one: Told) -> bool:
        """Whether a lower level had referred the resident here by the time the bill was asked for."""
        visit = self._visits[one.event.visit.id]
        rules = self._rules(one)
        cause = self.card.by_id.get(one.cause, one)
        if not isinstance(rules, Rules):
            return False
        days = timedelta(days=rules.told["referral_days"])
        return any(
            told.event.institution == visit.where.institution
            and told.offset < cause.offset
            and timedelta(0) <= visit.visit.date - told.envelope.happened.astimezone(SHANGHAI).date() <= days
            and told.event.visit.date.year == visit.visit.date.year
            and self._is_below(told.event.where.institution, rules.level, visit.visit.date)
            for told in self.card.of(ReferralMade)
        )

    def _is_below(self, institution: str, level: str, on: date) -> bool:
        lower = self.tariff.level(institution, on)
        return lower in UP and UP.index(lower) < UP.index(level)

    @cached_property
    def _visits(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for one in self.card.of(VisitRegistered):
            found.setdefault(one.event.visit.id, one.event)
        return found


def _named(rules: Rules) -> tuple[str, date, str, str]:
    return rules.scheme, rules.since, rules.category, rules.level


def _parts(one: BillLine | ChargeReversed) -> tuple[int, int, int, int]:
    return one.insurer or 0, one.major_illness or 0, one.waiver or 0, one.own_share


def _explained(line: BillLine) -> bool:
    """Whether the rules that a line gives come to its split; a line of nobody's scheme gives none."""
    if line.why is None:
        return not (line.insurer or line.major_illness or line.waiver)
    by: Counter[str] = Counter()
    for rule in line.why:
        by[rule.rule] += rule.amount
    insurer = by["insurer_outpatient"] + by["insurer_inpatient"] + by["insurer_reported"]
    told = (insurer, by["major_illness"], by["waiver"], by["deductible"] + by["deductible_referred"])
    return told == (line.insurer, line.major_illness, line.waiver, line.deductible or 0)
