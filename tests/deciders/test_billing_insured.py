"""Billing with insurance, told by its events: the figures are worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.billing.service import SERVICE
from services.billing.settlement import Year
from shared.events import Event, lab
from shared.events.base import SHANGHAI, Visit, Where, derive
from shared.events.billing import BillLine, BillSettled, ChargeReversed, OrderCleared, RefundAsked
from shared.events.consultation import ConsultationAccepted, LabTestOrdered, ReferralMade
from shared.events.edge import PaymentTendered
from shared.events.registration import VisitRegistered
from shared.reference import Reference
from shared.reference.data import Dated
from tests.support import spec
from tests.support.insured import FREE, A, C, b, insured
from tests.support.spec import START, VISIT, an_id, happened

PRICES = {"reg:outpatient": 500, "reg:inpatient": 0, "plain": 3_001, "dear": 10_000, "own": 700, "huge": 120_000}
COVERS = {"plain": A, "dear": b("0.1"), "own": C, "huge": A, "reg:outpatient": C}
REFERENCE = insured(
    Reference(prices=Dated.of((item, date(2026, 1, 1), fen) for item, fen in PRICES.items())),
    COVERS,
    {"plain": "blood_count", "reg:outpatient": "registration"},
)
SEEN = an_id(50)
BILL, REGISTRATION_BILL = derive(SEEN, "bill"), derive(VISIT.id, "bill")


def given(*events: Event, reference: Reference = REFERENCE) -> spec.Given:
    return spec.given(SERVICE, *events, reference=reference)


def registers(n: int = 1, kind: str = "outpatient", **fields: Any) -> Any:
    usual = {"kind": kind, "department": "D01", "session": "morning", "date": VISIT.date}
    return happened(VisitRegistered, n, **{**usual, **fields})


def orders(*items: str, seen: str = SEEN, n: int = 2, visit: Visit = VISIT) -> tuple[Any, ...]:
    """Tests ordered and the consultation accepted."""
    ids = [derive(seen, item) for item in items]
    return (
        *(
            happened(
                LabTestOrdered, n + k, visit=visit, consultation=seen, order=id, code=item, display=item, specimen="BLD"
            )
            for k, (id, item) in enumerate(zip(ids, items, strict=True))
        ),
        happened(ConsultationAccepted, n + len(items), visit=visit, consultation=seen, orders=ids),
    )


def pays(amount: int, n: int = 20) -> Any:
    return happened(PaymentTendered, n, bill=BILL, amount=amount, method="cash", reference=f"R{n}")


def bill(story: spec.Given) -> BillSettled:
    return next(fact for fact in story.said if isinstance(fact, BillSettled))


def splits(story: spec.Given) -> list[tuple[int, int, int, int]]:
    return [(line.insurer, line.major_illness, line.waiver, line.own_share) for line in bill(story).lines]


def rules(line: BillLine) -> list[tuple[str, int, str | None, int]]:
    return [(rule.rule, rule.base, rule.share, rule.amount) for rule in line.why or []]


def told(*events: Event, reference: Reference = REFERENCE) -> spec.Given:
    """After all but the last, when the last is heard."""
    return given(*events[:-1], reference=reference).when(events[-1])


class TestOutpatient:
    def test_class_a_is_shared_b_after_its_first_share_and_c_is_the_residents_own(self) -> None:
        """3001 and 9000 are covered; half of them is over the year's cap of 4000, of which each has its part."""
        story = told(registers(), *orders("plain", "dear", "own"))
        assert splits(story) == [(1_000, 0, 0, 2_001), (3_000, 0, 0, 7_000), (0, 0, 0, 700)]

    def test_a_bill_below_the_cap_is_rounded_half_up_once(self) -> None:
        assert splits(told(registers(), *orders("plain"))) == [(1_501, 0, 0, 1_500)]

    def test_it_names_whose_rules_of_which_day_for_which_category_and_level(self) -> None:
        found = bill(told(registers(), *orders("plain")))
        assert (found.scheme, found.rules_of, found.category, found.level) == (
            "resident", date(2020, 1, 1), "outpatient", "county",
        )  # fmt: skip

    def test_every_line_explains_itself(self) -> None:
        lines = bill(told(registers(), *orders("dear", "own"))).lines
        assert [rules(line) for line in lines] == [
            [
                ("class_b", 10_000, "0.1", 1_000),
                ("insurer_outpatient", 9_000, "0.5", 4_000),
                ("yearly_cap", 4_500, None, 4_000),
            ],
            [("class_c", 700, None, 700)],
        ]

    def test_the_year_ends_at_its_cap(self) -> None:
        later = orders("plain", seen=an_id(60), n=12)
        assert splits(told(registers(), *orders("plain", "dear"), *later)) == [(0, 0, 0, 3_001)]

    def test_whoever_pays_alone_pays_all(self) -> None:
        story = told(registers(payer="self"), *orders("plain"))
        assert (splits(story), bill(story).scheme) == ([(0, 0, 0, 3_001)], None)

    def test_a_bill_paid_alone_says_so(self) -> None:
        lines = bill(told(registers(payer="self"), *orders("plain"))).lines
        assert rules(lines[0]) == [("self_pay", 3_001, None, 3_001)]

    def test_a_checkup_is_not_insured(self) -> None:
        lines = bill(told(registers(kind="checkup"), *orders("plain"))).lines
        assert rules(lines[0]) == [("not_insured", 3_001, None, 3_001)]

    def test_an_institution_without_a_level_is_not_insured(self) -> None:
        where = Where(institution="H99", department="D01", terminal="T01", channel="window")
        lines = bill(told(registers(where=where), *orders("plain"))).lines
        assert rules(lines[0]) == [("not_insured", 3_001, None, 3_001)]

    def test_without_any_scheme_nothing_is_explained(self) -> None:
        reference = Reference(prices=REFERENCE.prices)
        assert bill(told(registers(), *orders("plain"), reference=reference)).lines[0].why is None

    def test_the_own_share_is_what_is_owed(self) -> None:
        story = given(registers(), *orders("plain")).when(pays(1_500))
        assert [type(fact).__name__ for fact in story.said] == ["PaymentReceived", "OrderCleared"]


class TestWaived:
    def test_what_insurance_leaves_of_a_free_item_is_waived(self) -> None:
        story = told(registers(entitlements=[FREE]), *orders("plain"))
        assert splits(story) == [(1_501, 0, 1_500, 0)]

    def test_a_waived_order_is_cleared_as_waived(self) -> None:
        story = told(registers(entitlements=[FREE]), *orders("plain"))
        assert [fact.how for fact in story.said if isinstance(fact, OrderCleared)] == ["waived"]

    def test_a_waiver_is_also_for_whoever_pays_alone(self) -> None:
        story = told(registers(entitlements=[FREE], payer="self"), *orders("plain"))
        assert splits(story) == [(0, 0, 3_001, 0)]

    def test_a_registration_can_be_free(self) -> None:
        assert splits(given().when(registers(entitlements=[FREE]))) == [(0, 0, 500, 0)]

    def test_another_entitlement_waives_nothing(self) -> None:
        assert splits(told(registers(entitlements=["other"]), *orders("plain"))) == [(1_501, 0, 0, 1_500)]

    def test_what_is_waived_does_not_count_towards_major_illness(self) -> None:
        assert bill(told(registers(entitlements=[FREE]), *orders("plain"))).lines[0].counted is None


class TestInpatient:
    ADMITTED = (registers(kind="inpatient"),)

    def test_a_deductible_comes_before_the_share(self) -> None:
        """110000 above the deductible, 0.8 of it is 88000; the 32000 left pay 0.6 of what is above 20000."""
        story = told(*self.ADMITTED, *orders("huge"))
        assert splits(story) == [(88_000, 7_200, 0, 24_800)]

    def test_its_lines_explain_themselves(self) -> None:
        line = bill(told(*self.ADMITTED, *orders("huge"))).lines[0]
        assert rules(line) == [
            ("class_a", 120_000, None, 120_000),
            ("deductible", 120_000, None, 10_000),
            ("insurer_inpatient", 110_000, "0.8", 88_000),
            ("major_illness", 32_000, None, 7_200),
        ]

    def test_an_admission_bears_its_deductible_once(self) -> None:
        story = told(*self.ADMITTED, *orders("dear"), *orders("plain", seen=an_id(60), n=12))
        # 9000 of the 10000 were borne by the first bill: 2001 is left of 3001, and 0.8 of it is 1601.
        assert splits(story) == [(1_601, 0, 0, 1_400)]

    def test_a_reversal_gives_the_deductible_back(self) -> None:
        cancelled = happened(lab.OrderCancelled, 10, order=derive(SEEN, "dear"))
        story = told(*self.ADMITTED, *orders("dear"), cancelled, *orders("huge", seen=an_id(60), n=12))
        assert splits(story) == [(88_000, 7_200, 0, 24_800)]


class TestReferred:
    LOWER = Where(institution="H02", department="D01", terminal="T02", channel="window")
    BEFORE = Visit(id=an_id(700), date=date(2026, 3, 2))
    """The referring visit: a stay may begin long before it ends with a referral."""
    ADMITTED = (registers(kind="inpatient"), *orders("huge"))

    def referred(self, at: datetime = START, **fields: Any) -> Any:
        usual = {"visit": self.BEFORE, "where": self.LOWER, "consultation": SEEN, "institution": "H01", "reason": ""}
        return spec.fact(ReferralMade, **{**usual, **fields}).known(an_id(0), at, at)

    def deductible(self, referral: Any) -> tuple[str, int]:
        rule = (bill(told(referral, *self.ADMITTED)).lines[0].why or [])[1]
        return rule.rule, rule.amount

    def test_who_was_sent_up_bears_less(self) -> None:
        assert self.deductible(self.referred()) == ("deductible_referred", 5_000)

    @pytest.mark.parametrize(
        ("at", "rule"),
        [
            (datetime(2026, 10, 25, 0, 30, tzinfo=SHANGHAI), "deductible_referred"),
            (datetime(2026, 10, 24, 23, 30, tzinfo=SHANGHAI), "deductible"),
        ],
        ids=["thirty-days-before", "thirty-one"],
    )
    def test_it_counts_from_its_own_day_in_shanghai(self, at: datetime, rule: str) -> None:
        assert self.deductible(self.referred(at.astimezone(UTC)))[0] == rule

    def test_a_referral_after_the_admission_relieves_nothing(self) -> None:
        assert self.deductible(self.referred(START + timedelta(days=1)))[0] == "deductible"

    def test_a_referral_to_another_institution_relieves_nothing(self) -> None:
        assert self.deductible(self.referred(institution="H03")) == ("deductible", 10_000)

    def test_a_referral_down_the_levels_relieves_nothing(self) -> None:
        where = self.LOWER.model_copy(update={"institution": "H03"})
        assert self.deductible(self.referred(where=where)) == ("deductible", 10_000)


class TestReversed:
    def test_a_reversal_says_what_each_payer_gets_back(self) -> None:
        cancelled = happened(lab.OrderCancelled, 10, order=derive(SEEN, "plain"))
        story = told(registers(), *orders("plain"), cancelled)
        fact = next(one for one in story.said if isinstance(one, ChargeReversed))
        assert (fact.amount, fact.insurer, fact.own_share, fact.paid) == (3_001, 1_501, 1_500, False)

    def test_a_reversal_takes_back_exactly_what_the_year_had(self) -> None:
        cancelled = [
            happened(lab.OrderCancelled, 10 + n, order=derive(SEEN, item)) for n, item in enumerate(("plain", "dear"))
        ]
        assert given(registers(), *orders("plain", "dear"), *cancelled).stream.state.year == Year()

    def test_only_the_own_share_is_refunded(self) -> None:
        cancelled = happened(lab.OrderCancelled, 30, order=derive(SEEN, "plain"))
        story = told(registers(), *orders("plain"), pays(1_500), cancelled)
        assert [fact.amount for fact in story.said if isinstance(fact, RefundAsked)] == [1_500]

    def test_a_bill_that_lapses_leaves_the_year_as_it_was(self) -> None:
        story = given(registers(), *orders("plain")).when_overdue(BILL)
        assert story.stream.state.year == Year()


class TestDated:
    def test_a_new_version_changes_no_visit_of_an_earlier_day(self) -> None:
        rows = REFERENCE.schemes.rows["resident"]
        since = date(2026, 11, 25)
        later = (since, rows[0][1]._replace(since=since, caps={"outpatient": 0, "inpatient": 0}))
        changed = replace(REFERENCE, schemes=Dated({"resident": (*rows, later)}))
        story = (registers(), *orders("plain"))
        assert told(*story).said == told(*story, reference=changed).said
