"""Years of merged cards, told by their events: what is carried to the kept card, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from services.billing.service import SERVICE
from services.billing.settlement import Year
from shared.events import AnyEvent, lab
from shared.events.base import CardEvent, Where, derive
from shared.events.billing import (
    BillSettled,
    CapIrregular,
    CapPassed,
    ChargeReversed,
    YearCarried,
    YearCarryWanted,
)
from shared.events.cards import CardsMerged, CardsUnmerged
from shared.events.edge import CardIrregularityResolutionReported
from shared.events.runtime import CardIrregularityResolved
from shared.reference import Reference
from shared.reference.data import Dated
from tests.deciders.test_billing_insured import orders, registers
from tests.support import spec
from tests.support.insured import A, C, insured, terms
from tests.support.spec import CARD, START, an_id, happened

KEPT, THIRD = "d" * 64, "e" * 64
WHERE = Where(institution="card-authority", terminal="card-authority-1", channel="authority")
REFERENCE = insured(
    Reference(prices=Dated.of([("plain", date(2026, 1, 1), 3_000), ("reg:outpatient", date(2026, 1, 1), 0)])),
    {"plain": A, "reg:outpatient": C},
)
SINCE_2025 = replace(REFERENCE, schemes=Dated.of([("resident", date(2025, 1, 1), terms())]))
PLAIN = (registers(), *orders("plain"))
"""One bill: the insurer has 1500 of it, and 1500 count."""


def of_card(kind: type[CardEvent], n: int, **fields: Any) -> Any:
    at = START + timedelta(seconds=n)
    return kind(**{"card": CARD, "where": WHERE, **fields}).known(an_id(n), at, at, an_id(900))


def said(kind: type[CardEvent], **fields: Any) -> Any:
    return kind(**{"card": CARD, "where": WHERE, **fields})


def wanted(n: int, into: str | None = KEPT) -> Any:
    return of_card(YearCarryWanted, n, year=2026, into=into)


def carries(n: int, outpatient: int, *, other: str = THIRD, how: str = "over", counted: int = 0) -> Any:
    """Another card's year, as this card's stream hears it."""
    return of_card(YearCarried, n, **amounts(outpatient, counted), other=other, how=how)


def carried(outpatient: int, counted: int, how: str = "over", **fields: Any) -> Any:
    """This card's year, as it is said on the kept card."""
    return said(YearCarried, **{"card": KEPT, "other": CARD, "how": how, **amounts(outpatient, counted), **fields})


def amounts(outpatient: int, counted: int) -> dict[str, Any]:
    return {"year": 2026, "outpatient": outpatient, "inpatient": 0, "counted": counted, "major_illness": 0}


def told(*events: AnyEvent, reference: Reference = REFERENCE) -> spec.Given:
    return spec.given(SERVICE, *events[:-1], reference=reference).when(events[-1])


class TestTheCard:
    def test_a_card_that_retires_asks_every_year_since_the_first_rules_and_the_next_one(self) -> None:
        merged = of_card(CardsMerged, 30, request=an_id(900), other=KEPT, side="retired")
        years = [said(YearCarryWanted, year=year, into=KEPT) for year in (2025, 2026, 2027)]
        told(merged, reference=SINCE_2025).then(*years)

    def test_a_card_that_is_its_own_again_asks_them_back(self) -> None:
        unmerged = of_card(CardsUnmerged, 30, request=an_id(900), other=KEPT, side="retired")
        years = [said(YearCarryWanted, year=year) for year in (2025, 2026, 2027)]
        told(unmerged, reference=SINCE_2025).then(*years)

    def test_the_kept_card_has_nothing_to_carry(self) -> None:
        told(of_card(CardsMerged, 30, request=an_id(900), other=KEPT, side="kept")).then_nothing()

    def test_where_nobody_is_insured_nothing_is_carried(self) -> None:
        merged = of_card(CardsMerged, 30, request=an_id(900), other=KEPT, side="retired")
        told(merged, reference=Reference()).then_nothing()

    def test_a_cap_that_was_passed_is_irregular_and_can_be_set_right(self) -> None:
        passed = of_card(CapPassed, 31, year=2026, cap="outpatient", above=500)
        resolution: dict[str, Any] = {"service": "billing", "irregularity": passed.id, "resolution": "扣回"}
        story = told(passed).then(said(CapIrregular, code="cap_passed", act=passed))
        resolved = said(CardIrregularityResolved, irregularity=passed.id, resolution="扣回")
        story.when(of_card(CardIrregularityResolutionReported, 40, **resolution)).then(resolved)


class TestTheRetiredCardsYear:
    def test_it_is_carried_over_with_what_its_live_lines_come_to(self) -> None:
        told(*PLAIN, wanted(30)).then(carried(1_500, 1_500))

    def test_a_year_in_which_nothing_was_paid_is_not_carried(self) -> None:
        told(registers(), wanted(30)).then_nothing()

    def test_it_keeps_its_own_total(self) -> None:
        state = told(*PLAIN, wanted(30)).stream.state
        assert (state.year, state.carried) == (Year(outpatient=1_500, counted=1_500), {})

    def test_asked_twice_it_is_carried_once(self) -> None:
        told(*PLAIN, wanted(30), wanted(31)).then_nothing()

    def test_what_changes_later_is_carried_too(self) -> None:
        back = happened(lab.OrderCancelled, 40, order=derive(an_id(50), "plain"))
        story = told(*PLAIN, wanted(30), back)
        assert [type(fact) for fact in story.said] == [ChargeReversed, YearCarried]
        assert story.said[-1] == carried(0, 0, where=back.where)

    def test_it_is_carried_back_exactly(self) -> None:
        told(*PLAIN, wanted(30), wanted(31, into=None)).then(carried(1_500, 1_500, "back"))

    def test_what_was_never_carried_is_not_carried_back(self) -> None:
        told(registers(), wanted(30), wanted(31, into=None)).then_nothing()

    def test_its_own_again_it_carries_nothing_on(self) -> None:
        back = happened(lab.OrderCancelled, 40, order=derive(an_id(50), "plain"))
        story = told(*PLAIN, wanted(30), wanted(31, into=None), back)
        assert [type(fact) for fact in story.said] == [ChargeReversed]

    def test_merged_into_another_it_is_carried_from_the_first_to_the_second(self) -> None:
        story = told(*PLAIN, wanted(30), wanted(31, into=THIRD))
        story.then(carried(1_500, 1_500, "back"), carried(1_500, 1_500, card=THIRD))

    def test_what_counts_here_of_another_is_carried_with_it(self) -> None:
        told(*PLAIN, carries(29, 700), wanted(30)).then(carried(2_200, 1_500))

    def test_another_cards_year_goes_through_it(self) -> None:
        told(*PLAIN, wanted(30), carries(31, 700)).then(carried(2_200, 1_500))


class TestTheKeptCardsYear:
    def test_what_was_carried_counts_against_the_cap(self) -> None:
        bill = next(one for one in told(carries(20, 3_000), *PLAIN).said if isinstance(one, BillSettled))
        assert [line.insurer for line in bill.lines] == [1_000]

    def test_what_was_carried_counts_towards_major_illness(self) -> None:
        bill = next(one for one in told(carries(20, 0, counted=20_000), *PLAIN).said if isinstance(one, BillSettled))
        assert [line.major_illness for line in bill.lines] == [900]

    def test_a_newer_amount_of_a_card_takes_the_place_of_the_older(self) -> None:
        state = told(carries(1, 3_000), carries(2, 2_000), carries(3, 10, other=KEPT)).stream.state
        assert state.total == Year(outpatient=2_010)

    def test_carried_back_it_is_what_it_was(self) -> None:
        before = told(*PLAIN).stream.state
        assert told(*PLAIN, carries(30, 3_000), carries(31, 3_000, how="back")).stream.state == before

    def test_what_brings_it_above_a_cap_is_said(self) -> None:
        told(*PLAIN, carries(30, 3_000)).then(said(CapPassed, year=2026, cap="outpatient", above=500))

    def test_only_what_brings_it_further_above_is_said_again(self) -> None:
        told(*PLAIN, carries(30, 3_000), carries(31, 2_900)).then_nothing()
        told(*PLAIN, carries(30, 3_000), carries(31, 3_001)).then(
            said(CapPassed, year=2026, cap="outpatient", above=501)
        )

    def test_a_card_that_counts_elsewhere_leaves_it_to_that_card(self) -> None:
        told(*PLAIN, wanted(29), carries(30, 3_000)).then(carried(4_500, 1_500))

    def test_the_highest_cap_of_the_year_is_the_one_that_is_passed(self) -> None:
        higher = terms(caps={"outpatient": 4_500, "inpatient": 100_000})
        rows = [("resident", date(2020, 1, 1), terms()), ("resident", date(2026, 12, 31), higher)]
        told(*PLAIN, carries(30, 3_000), reference=replace(REFERENCE, schemes=Dated.of(rows))).then_nothing()
        rows[1] = ("resident", date(2027, 1, 1), higher)
        story = told(*PLAIN, carries(30, 3_000), reference=replace(REFERENCE, schemes=Dated.of(rows)))
        assert [type(fact) for fact in story.said] == [CapPassed]

    def test_its_own_again_it_answers_for_what_still_counts_here(self) -> None:
        passed = said(CapPassed, year=2026, cap="outpatient", above=500)
        story = told(*PLAIN, wanted(29), carries(30, 3_000), wanted(31, into=None))
        story.then(carried(4_500, 1_500, "back"), passed)
