"""How one bill is split: insurer, then major illness, then waiver, and the rest is the resident's own share.

`settle` is a pure function of the rules, what the year has had so far, and the lines. It works on the whole bill and
rounds each payer's part once, half a fen up; lines get theirs by largest remainder, so lines and bill add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from services.billing.settlement.amounts import apportion, part
from services.billing.settlement.year import Year
from shared.events.billing import BillLine, LineRule
from shared.reference.insurance import Category, Cover, MajorIllness, Terms
from shared.unchanging import unchanging


class Item(NamedTuple):
    """One charge to be settled, in fen: its class, and whether a waiver takes over what is left of it."""

    charge: str
    order: str
    amount: int
    cover: Cover
    waived: bool = False


class Payer(NamedTuple):
    """Whose rules are applied to a bill: of which scheme, category and level; `deductible` is what of the admission's
    is still to be borne, `referred` whether it was lessened."""

    terms: Terms
    category: Category
    level: str
    deductible: int = 0
    referred: bool = False


def settle(items: Sequence[Item], payer: Payer | None, year: Year, unpaid: str = "") -> list[BillLine]:
    """Split the items. Without a payer nobody pays but waivers; `unpaid` is the rule that says why, if one does."""
    if payer is None:
        return [_alone(item, unpaid) for item in items]
    return _Split(items, payer, year).lines()


def _alone(item: Item, unpaid: str) -> BillLine:
    waiver = item.amount if item.waived else 0
    why = [LineRule(rule=unpaid, base=item.amount, amount=item.amount)] if unpaid else []
    why += _waived(waiver)
    return BillLine(
        charge=item.charge,
        order=item.order,
        amount=item.amount,
        waiver=waiver,
        own_share=item.amount - waiver,
        why=why or None,
    )


def _waived(waiver: int) -> list[LineRule]:
    return [LineRule(rule="waiver", base=waiver, amount=waiver)] if waiver else []


@unchanging
class _Split:
    """One bill on its way. Every list has one number a line, in fen."""

    items: Sequence[Item]
    payer: Payer
    year: Year

    def lines(self) -> list[BillLine]:
        firsts = [self._first(item) for item in self.items]
        bases = [item.amount - first for item, first in zip(self.items, firsts, strict=True)]
        deductibles = apportion(min(self.payer.deductible, sum(bases)), bases)
        covered = [base - gone for base, gone in zip(bases, deductibles, strict=True)]
        share = self.payer.terms.levels[self.payer.category][self.payer.level].share
        wanted = part(sum(covered), share)
        paid = min(wanted, self._room())
        insurers = apportion(paid, covered)
        counted = [
            0 if item.waived else base - insurer + (first if self._counts(item) else 0)
            for item, base, insurer, first in zip(self.items, bases, insurers, firsts, strict=True)
        ]
        majors = apportion(major_illness(self.payer.terms.major_illness, self.year, sum(counted)), counted)
        return [
            self._line(
                item,
                [
                    *_class(item, first),
                    *self._deducted(base, deductible),
                    *self._insured(left, share, insurer, wanted, paid),
                    *_rule("major_illness", count, major),
                ],
                insurer=insurer,
                major=major,
                deductible=deductible,
                counted=count,
            )
            for item, first, base, deductible, left, insurer, count, major in zip(
                self.items, firsts, bases, deductibles, covered, insurers, counted, majors, strict=True
            )
        ]

    def _first(self, item: Item) -> int:
        """What of an item no payer looks at: the first share of class B, all of class C."""
        return item.amount if item.cover.grade == "C" else part(item.amount, item.cover.first_share)

    def _counts(self, item: Item) -> bool:
        """Whether the first share of this item counts towards major illness. Class C never does."""
        return item.cover.grade == "B" and self.payer.terms.major_illness.first_share_counts

    def _room(self) -> int:
        """What is left of the year's cap."""
        category = self.payer.category
        return max(0, self.payer.terms.caps[category] - self.year.insured(category))

    def _deducted(self, base: int, deductible: int) -> list[LineRule]:
        return _rule("deductible_referred" if self.payer.referred else "deductible", base, deductible)

    def _insured(self, left: int, share: Decimal, insurer: int, wanted: int, paid: int) -> list[LineRule]:
        if not left:
            return []
        rule = LineRule(rule=f"insurer_{self.payer.category}", base=left, share=f"{share:f}", amount=insurer)
        return [rule, *(_rule("yearly_cap", wanted, paid) if paid < wanted else [])]

    def _line(
        self, item: Item, why: list[LineRule], *, insurer: int, major: int, deductible: int, counted: int
    ) -> BillLine:
        rest = item.amount - insurer - major
        waiver = rest if item.waived else 0
        return BillLine(
            charge=item.charge,
            order=item.order,
            amount=item.amount,
            insurer=insurer,
            major_illness=major,
            waiver=waiver,
            own_share=rest - waiver,
            deductible=deductible or None,
            counted=counted or None,
            why=[*why, *_waived(waiver)],
        )


def major_illness(rules: MajorIllness, year: Year, counted: int) -> int:
    """What major illness pays of a bill with so much that counts: what the year has come to, less what it has had.

    Worked out over the year, so the order of its bills makes no difference to the year's total.
    """
    due = min(rules.cap, brackets(rules, year.counted + counted))
    return max(0, min(counted, due - year.major_illness))


def brackets(rules: MajorIllness, counted: int) -> int:
    """Major illness over a year's counted own share, half a fen rounded up once."""
    exact = Decimal(0)
    for one in rules.brackets:
        upper = counted if one.up_to is None else min(counted, one.up_to)
        exact += max(0, upper - one.above) * one.share
    return part(1, exact)


def _class(item: Item, first: int) -> list[LineRule]:
    if item.cover.grade == "B":
        share = f"{item.cover.first_share:f}"
        return [LineRule(rule="class_b", base=item.amount, share=share, amount=first)]
    return [LineRule(rule="class_c" if item.cover.grade == "C" else "class_a", base=item.amount, amount=item.amount)]


def _rule(rule: str, base: int, amount: int) -> list[LineRule]:
    return [LineRule(rule=rule, base=base, amount=amount)] if amount or rule == "yearly_cap" else []
