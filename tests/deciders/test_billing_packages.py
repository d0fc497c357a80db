"""Packages that are free for a group, told by billing's events: for whom, of what, since when, and what goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.billing.service import SERVICE
from shared.events import Event, billing
from shared.events.base import Visit, derive
from shared.events.edge import PaymentTendered
from shared.events.registration import VisitCancelled
from shared.reference import Reference
from shared.reference.data import Dated
from shared.reference.insurance import Waiver
from tests.support.checkups import CODE, ORDER, PRICE, REFERENCE, SINCE, SUGAR, registered
from tests.support.insured import FREE, A, insured
from tests.support.spec import START, VISIT, Given, given, happened

FEE = 500
FREE_FROM = START.date()
DAY = timedelta(days=1)
PACKAGE_FREE = Waiver("checkup", frozenset({CODE}), frozenset({FREE}))
SUGAR_FREE = Waiver("glucose", frozenset({SUGAR}), frozenset({FREE}))
REGISTRATION_FREE = Waiver("registration", frozenset({"reg:checkup"}), frozenset({FREE}))
ENTITLED: dict[str, Any] = {"entitlements": [FREE]}
BILL = derive(VISIT.id, "bill")
paid = happened(PaymentTendered, 5, bill=BILL, amount=FEE, method="cash", reference="R1")


def free(*waivers: Waiver, fee: int = 0, price: int = PRICE, since: date = FREE_FROM) -> Reference:
    """A town where everybody is insured, and these waivers are in force from a day on; before it there are none."""
    prices = Dated.of((item, SINCE, fen) for item, fen in (("reg:checkup", fee), (CODE, price), (SUGAR, 700)))
    town = insured(replace(REFERENCE, prices=prices), {CODE: A, SUGAR: A})
    return replace(town, waivers=Dated.of([("waivers", SINCE, ()), ("waivers", since, waivers)]))


TOWN = free(PACKAGE_FREE)


def told(*events: Event, reference: Reference = TOWN) -> Given:
    """After all but the last, when the last is heard."""
    return given(SERVICE, *events[:-1], reference=reference).when(events[-1])


def on(day: date, **fields: Any) -> Any:
    """The registration of a check-up opened for a day."""
    visit = Visit(id=VISIT.id, date=day)
    return registered(visit=visit, date=day, **fields)


def settled(story: Given) -> dict[str, tuple[int, int]]:
    """What is waived and what is the resident's own share, by order."""
    bill = next(one for one in story.said if isinstance(one, billing.BillSettled))
    return {line.order: (line.waiver, line.own_share) for line in bill.lines}


def cleared(story: Given) -> dict[str, str]:
    return {one.order: one.how for one in story.said if isinstance(one, billing.OrderCleared)}


class TestForWhom:
    def test_the_package_is_free_for_who_has_the_entitlement(self) -> None:
        assert settled(told(registered(**ENTITLED)))[ORDER] == (PRICE, 0)

    @pytest.mark.parametrize("entitlements", [None, ["other"], ["treat_first"]])
    def test_nobody_else_has_it_free(self, entitlements: list[str] | None) -> None:
        assert settled(told(registered(entitlements=entitlements)))[ORDER] == (0, PRICE)

    def test_one_of_several_entitlements_is_enough(self) -> None:
        assert settled(told(registered(entitlements=["other", FREE])))[ORDER] == (PRICE, 0)

    def test_who_pays_alone_has_it_free_too(self) -> None:
        assert settled(told(registered(**ENTITLED, payer="self")))[ORDER] == (PRICE, 0)


class TestOfWhat:
    def test_another_package_costs_what_it_costs(self) -> None:
        town = free(PACKAGE_FREE._replace(items=frozenset({"package:full"})))
        assert settled(told(registered(**ENTITLED), reference=town))[ORDER] == (0, PRICE)

    def test_a_package_is_not_free_because_one_of_its_items_is(self) -> None:
        town = free(SUGAR_FREE)
        assert settled(told(registered(**ENTITLED), reference=town))[ORDER] == (0, PRICE)

    def test_a_registration_is_not_free_because_its_package_is(self) -> None:
        found = settled(told(registered(**ENTITLED), reference=free(PACKAGE_FREE, fee=FEE)))
        assert found == {VISIT.id: (0, FEE), ORDER: (PRICE, 0)}

    def test_a_package_is_not_free_because_its_registration_is(self) -> None:
        found = settled(told(registered(**ENTITLED), reference=free(REGISTRATION_FREE, fee=FEE)))
        assert found == {VISIT.id: (FEE, 0), ORDER: (0, PRICE)}

    def test_the_bill_says_that_no_insurance_pays_and_that_it_is_waived(self) -> None:
        story = told(registered(**ENTITLED))
        bill = next(one for one in story.said if isinstance(one, billing.BillSettled))
        why = {line.order: [(rule.rule, rule.amount) for rule in line.why or []] for line in bill.lines}
        assert why[ORDER] == [("not_insured", PRICE), ("waiver", PRICE)]


class TestFromWhichDay:
    @pytest.mark.parametrize(
        ("day", "split"), [(FREE_FROM - DAY, (0, PRICE)), (FREE_FROM, (PRICE, 0)), (FREE_FROM + DAY, (PRICE, 0))]
    )
    def test_it_is_free_from_the_first_day_of_the_waiver(self, day: date, split: tuple[int, int]) -> None:
        assert settled(told(on(day, **ENTITLED)))[ORDER] == split

    @pytest.mark.parametrize(("day", "split"), [(FREE_FROM, (PRICE, 0)), (FREE_FROM + DAY, (0, PRICE))])
    def test_it_is_free_up_to_the_day_before_a_version_without_it(self, day: date, split: tuple[int, int]) -> None:
        rows = (*TOWN.waivers.rows["waivers"], (FREE_FROM + DAY, ()))
        town = replace(TOWN, waivers=Dated({"waivers": rows}))
        assert settled(told(on(day, **ENTITLED), reference=town))[ORDER] == split


class TestBegins:
    def test_who_owes_nothing_begins_at_once(self) -> None:
        """The registration cost nothing and is covered; of the package a waiver took what there was."""
        assert cleared(told(registered(**ENTITLED))) == {VISIT.id: "covered", ORDER: "waived"}

    def test_who_owes_the_package_waits(self) -> None:
        assert cleared(told(registered())) == {}

    def test_who_owes_the_registration_alone_waits_with_the_package(self) -> None:
        assert cleared(told(registered(**ENTITLED), reference=free(PACKAGE_FREE, fee=FEE))) == {}

    def test_who_has_paid_the_registration_begins(self) -> None:
        story = told(registered(**ENTITLED), paid, reference=free(PACKAGE_FREE, fee=FEE))
        assert cleared(story) == {VISIT.id: "paid", ORDER: "paid"}

    def test_a_package_without_a_price_is_covered_and_not_waived(self) -> None:
        assert cleared(told(registered(**ENTITLED), reference=free(PACKAGE_FREE, price=0)))[ORDER] == "covered"

    @pytest.mark.parametrize(("price", "how"), [(1, "waived"), (0, "covered")])
    def test_one_fen_makes_the_difference(self, price: int, how: str) -> None:
        assert cleared(told(registered(**ENTITLED), reference=free(PACKAGE_FREE, price=price)))[ORDER] == how


class TestGivenBack:
    CANCELLED = happened(VisitCancelled, 9)

    def test_a_waived_package_is_taken_back_whole_and_nobody_is_paid_back(self) -> None:
        story = told(registered(**ENTITLED), self.CANCELLED)
        back = {one.order: (one.amount, one.waiver, one.own_share) for one in story.said
                if isinstance(one, billing.ChargeReversed)}  # fmt: skip
        assert back == {VISIT.id: (0, None, 0), ORDER: (PRICE, PRICE, 0)}
        assert not [one for one in story.said if isinstance(one, billing.RefundAsked)]

    def test_only_the_registration_that_was_paid_is_paid_back(self) -> None:
        story = told(registered(**ENTITLED), paid, self.CANCELLED, reference=free(PACKAGE_FREE, fee=FEE))
        assert [one.amount for one in story.said if isinstance(one, billing.RefundAsked)] == [FEE]

    def test_it_lapses_with_a_registration_nobody_pays(self) -> None:
        story = given(SERVICE, registered(**ENTITLED), reference=free(PACKAGE_FREE, fee=FEE)).when_overdue(BILL)
        lapsed = [one for one in story.said if isinstance(one, billing.ChargeLapsed)]
        assert {one.order: one.amount for one in lapsed} == {VISIT.id: FEE, ORDER: PRICE}

    def test_a_package_that_is_free_never_lapses(self) -> None:
        assert given(SERVICE, registered(**ENTITLED), reference=TOWN).stream.due_ms() is None
