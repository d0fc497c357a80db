"""The split of a bill, for any rules, any year and any lines: it adds up, never pays too much, and is fair in order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.settlement import Item, Payer, Year, apportion, brackets, settle
from shared.events.base import derive
from shared.events.billing import BillLine
from shared.reference.insurance import Bracket, Category, Cover, Level, MajorIllness, Terms
from tests.support.spec import an_id

timeless = settings(deadline=None)
SHARES = st.integers(0, 100).map(lambda n: Decimal(n) / 100)
FEN = st.integers(0, 300_000)
CATEGORIES: st.SearchStrategy[Category] = st.sampled_from(["outpatient", "inpatient"])


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Any rules that a file may hold, with caps and brackets small enough to be met."""
    ends = sorted(draw(st.sets(FEN, min_size=1, max_size=4)))
    shares = draw(st.lists(SHARES, min_size=len(ends), max_size=len(ends)))
    rows = zip(ends, [*ends[1:], None], shares, strict=True)
    deductible = draw(FEN)
    inpatient = Level(draw(SHARES), deductible, draw(st.integers(0, deductible)))
    return Terms(
        scheme="resident",
        since=date(2026, 1, 1),
        settles="local",
        levels={"outpatient": {"county": Level(draw(SHARES))}, "inpatient": {"county": inpatient}},
        caps={"outpatient": draw(FEN), "inpatient": draw(FEN)},
        referral_days=30,
        major_illness=MajorIllness(draw(FEN), draw(st.booleans()), tuple(Bracket(*row) for row in rows)),
    )


def covers() -> st.SearchStrategy[Cover]:
    other = st.sampled_from([Cover("A", Decimal(0)), Cover("C", Decimal(0))])
    return other | st.sampled_from(["0.1", "0.155", "1"]).map(lambda share: Cover("B", Decimal(share)))


Wanted = list[tuple[int, Cover, bool]]
WANTED: st.SearchStrategy[Wanted] = st.lists(st.tuples(FEN, covers(), st.booleans()), min_size=1, max_size=6)


def bill(wanted: Wanted, of: int = 0) -> list[Item]:
    orders = [derive(an_id(of), n) for n in range(len(wanted))]
    return [
        Item(derive(order, "charge"), order, amount, cover, waived)
        for order, (amount, cover, waived) in zip(orders, wanted, strict=True)
    ]


def unwaived(wanted: Wanted) -> Wanted:
    return [(amount, cover, False) for amount, cover, _ in wanted]


def payer(rules: Terms, category: Category) -> Payer:
    return Payer(rules, category, "county", rules.levels[category]["county"].deductible)


def after(year: Year, category: Category, lines: list[BillLine]) -> Year:
    for line in lines:
        counted = line.counted or 0
        year = year.plus(category, insurer=line.insurer, counted=counted, major_illness=line.major_illness)
    return year


def settled(bills: list[tuple[Wanted, Category]], rules: Terms) -> tuple[Year, list[list[BillLine]]]:
    """A year of bills, each its own admission, one after the other."""
    year, found = Year(), list[list[BillLine]]()
    for number, (wanted, category) in enumerate(bills):
        found.append(settle(bill(wanted, number), payer(rules, category), year))
        year = after(year, category, found[-1])
    return year, found


YEARS = st.lists(st.tuples(WANTED, CATEGORIES), min_size=1, max_size=6)


@timeless
@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**12), min_size=1, max_size=60))
def test_parts_add_up_to_the_whole_and_none_is_a_fen_off(whole: int, weights: list[int]) -> None:
    parts, total = apportion(whole, weights), sum(weights)
    assert sum(parts) == (whole if total else 0)
    assert all(abs(Fraction(whole * w, total) - part) < 1 for part, w in zip(parts, weights, strict=True) if total)


@timeless
@given(YEARS, terms())
def test_every_line_adds_up_and_no_payer_pays_more_than_the_charge(
    bills: list[tuple[Wanted, Category]], rules: Terms
) -> None:
    for lines in settled(bills, rules)[1]:
        for line in lines:
            split = (line.insurer, line.major_illness, line.waiver, line.own_share)
            assert sum(split) == line.amount
            assert min(split) >= 0
            assert 0 <= (line.counted or 0) <= line.amount - line.insurer


@timeless
@given(YEARS, terms())
def test_no_cap_of_the_year_is_ever_passed(bills: list[tuple[Wanted, Category]], rules: Terms) -> None:
    year, _ = settled(bills, rules)
    assert year.outpatient <= rules.caps["outpatient"]
    assert year.inpatient <= rules.caps["inpatient"]
    assert year.major_illness <= min(rules.major_illness.cap, year.counted)


@timeless
@given(YEARS, terms(), st.randoms(use_true_random=False))
def test_the_order_of_bills_makes_no_difference_to_the_year(
    bills: list[tuple[Wanted, Category]], rules: Terms, random: object
) -> None:
    """Waivers aside: what a waiver takes over counts for nothing, so it matters which bill met the cap."""
    bills = [(unwaived(wanted), category) for wanted, category in bills]
    shuffled = list(bills)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert settled(bills, rules)[0] == settled(shuffled, rules)[0]


@timeless
@given(WANTED, st.integers(0, 5), CATEGORIES, terms(), YEARS)
def test_the_own_share_never_falls_when_a_charge_rises(
    wanted: Wanted, which: int, category: Category, rules: Terms, before: list[tuple[Wanted, Category]]
) -> None:
    """Waivers aside, whatever the year has had."""
    year, wanted, owned = settled(before, rules)[0], unwaived(wanted), list[int]()
    at = which % len(wanted)
    amount, cover, _ = wanted[at]
    for more in range(4):
        wanted[at] = (amount + more, cover, False)
        owned.append(sum(line.own_share for line in settle(bill(wanted), payer(rules, category), year)))
    assert all(0 <= later - earlier <= 1 for earlier, later in pairwise(owned))


@timeless
@given(WANTED, CATEGORIES, terms())
def test_class_c_is_paid_by_nobody_but_a_waiver(wanted: Wanted, category: Category, rules: Terms) -> None:
    items = bill(wanted)
    for item, line in zip(items, settle(items, payer(rules, category), Year()), strict=True):
        if item.cover.grade == "C":
            assert (line.insurer, line.major_illness, line.counted) == (0, 0, None)


@timeless
@given(WANTED, CATEGORIES, terms())
def test_nothing_is_left_to_pay_of_what_is_waived(wanted: Wanted, category: Category, rules: Terms) -> None:
    items = bill(wanted)
    for payers in (payer(rules, category), None):
        for item, line in zip(items, settle(items, payers, Year()), strict=True):
            assert line.own_share == 0 if item.waived else line.waiver == 0


@timeless
@given(WANTED, terms())
def test_an_admission_bears_its_deductible_once_in_however_many_bills(wanted: Wanted, rules: Terms) -> None:
    """Borne in two bills or in one: what no payer looked at is the same."""
    deductible = rules.levels["inpatient"]["county"].deductible
    first = settle(bill(wanted), payer(rules, "inpatient"), Year())
    borne = sum(line.deductible or 0 for line in first)
    again = settle(bill(wanted, 1), payer(rules, "inpatient")._replace(deductible=deductible - borne), Year())
    once = settle([*bill(wanted), *bill(wanted, 1)], payer(rules, "inpatient"), Year())
    assert borne + sum(line.deductible or 0 for line in again) == sum(line.deductible or 0 for line in once)


@timeless
@given(terms(), st.lists(FEN, min_size=2, max_size=5))
def test_major_illness_never_pays_more_than_what_is_counted_and_grows_with_it(rules: Terms, steps: list[int]) -> None:
    counted = list(accumulate(steps))
    paid = [brackets(rules.major_illness, one) for one in counted]
    for (c1, c2), (p1, p2) in zip(pairwise(counted), pairwise(paid), strict=True):
        assert 0 <= p2 - p1 <= c2 - c1


@timeless
@given(WANTED, CATEGORIES, terms())
def test_every_line_says_by_which_rules_it_is_split(wanted: Wanted, category: Category, rules: Terms) -> None:
    for line in settle(bill(wanted), payer(rules, category), Year()):
        by = {rule.rule: rule.amount for rule in line.why or []}
        assert by.get(f"insurer_{category}", 0) == line.insurer
        assert by.get("major_illness", 0) == line.major_illness
        assert by.get("waiver", 0) == line.waiver
        assert by.get("deductible", 0) == (line.deductible or 0)


@timeless
@given(WANTED, CATEGORIES, terms(), YEARS)
def test_settling_twice_says_the_same(
    wanted: Wanted, category: Category, rules: Terms, before: list[tuple[Wanted, Category]]
) -> None:
    year = settled(before, rules)[0]
    assert settle(bill(wanted), payer(rules, category), year) == settle(bill(wanted), payer(rules, category), year)
