"""checkup, told by its events: one class per state a check-up can be in, one outcome per test."""

from __future__ import annotations

from typing import Any

import pytest

from services.checkup.service import SERVICE
from shared.events import AnyEvent, billing, checkup, edge, registration
from shared.events.base import Where
from shared.events.edge_checkup import CheckupConcluded
from tests.support.checkups import (
    CODE,
    DISPLAY,
    EYES,
    ORDER,
    REFERENCE,
    SUGAR,
    WEIGHT,
    cleared,
    concluded,
    declined,
    done,
    recorded,
    registered,
    started,
)
from tests.support.spec import ANOTHER_DAY, Given, an_id, asked, fact, given, happened

ELSEWHERE = Where(institution="H02", department="D01", terminal="T09", channel="window")
cancel = asked(edge.RegistrationCancellationRequested, 8)
cancelled = happened(registration.VisitCancelled, 9, causation=cancel.id)
cancel_refused = happened(registration.RegistrationRefused, 12, causation=cancel.id, code="proxy_revoked")
suspended = happened(registration.VisitSuspended, 5, code="card_suspended")
resumed = happened(registration.VisitResumed, 6)
lapsed = happened(billing.ChargeLapsed, 3, charge=an_id(900), order=ORDER, bill=an_id(901), amount=9_800)
weight, sugar, eyes = recorded(10), recorded(11, SUGAR, value="7.20", unit="mmol/L"), recorded(12, EYES, finding="正常")
weighed = done(WEIGHT, "unjudged", value="61.5")
BEGUN = (registered(), cleared())
ALL_DONE = (*BEGUN, weight, sugar, eyes)


def after(*events: AnyEvent) -> Given:
    return given(SERVICE, *events, reference=REFERENCE)


def irregular(act: Any, code: str) -> Any:
    kind = checkup.CheckupReportIrregular if isinstance(act, CheckupConcluded) else checkup.CheckupItemIrregular
    return fact(kind, code=code, act=act, visit=act.visit, where=act.where)


def reported() -> Any:
    items = [
        checkup.ItemTold(item=WEIGHT, display="体重", value="61.5", unit="kg", flag="unjudged"),
        checkup.ItemTold(item=SUGAR, display="葡萄糖", value="7.20", unit="mmol/L", flag="high"),
        checkup.ItemTold(item=EYES, display="眼科检查", flag="normal"),
    ]
    about = {"order": ORDER, "package": CODE, "display": DISPLAY}
    return fact(checkup.CheckupReported, **about, conclusion="血糖偏高", advice="复查", items=items)


class TestBeforeItIsPaid:
    def test_a_cleared_package_is_begun_with_its_items(self) -> None:
        after(registered()).when(cleared()).then(started())

    def test_another_orders_clearing_begins_nothing(self) -> None:
        after(registered()).when(cleared(order=an_id(77))).then_nothing()

    def test_a_treat_first_visit_is_begun_at_once(self) -> None:
        after().when(registered(treat_first=True)).then(started())

    def test_what_was_begun_is_not_begun_again_when_it_is_paid(self) -> None:
        after(registered(treat_first=True)).when(cleared()).then_nothing()

    def test_a_visit_without_a_package_is_never_begun(self) -> None:
        after().when(registered(package=None, treat_first=True)).then_nothing()

    def test_a_cancelled_visit_is_not_begun(self) -> None:
        after(registered(), cancelled).when(cleared()).then_nothing()

    def test_an_item_waits_for_the_visit(self) -> None:
        after().when(weight).then_held("not_registered")

    def test_an_item_waits_for_the_payment(self) -> None:
        after(registered()).when(weight).then_held("not_cleared")

    def test_an_item_that_waited_is_done_when_it_is_paid(self) -> None:
        after(registered(), weight).when(cleared()).then(started(), weighed)

    def test_an_item_never_paid_for_is_irregular(self) -> None:
        after(registered()).when(weight).when_overdue().then(irregular(weight, "not_cleared"))

    def test_an_item_of_a_lapsed_package_is_irregular(self) -> None:
        after(registered(), lapsed).when(weight).then(irregular(weight, "order_lapsed"))

    def test_an_item_of_a_visit_without_a_package_is_irregular(self) -> None:
        after(registered(package=None)).when(weight).then(irregular(weight, "no_checkup"))


class TestBegun:
    @pytest.mark.parametrize(
        ("value", "flag"),
        [("3.89", "low"), ("3.90", "normal"), ("6.10", "normal"), ("6.1000", "normal"), ("6.11", "high")],
    )
    def test_the_range_says_how_a_value_is(self, value: str, flag: str) -> None:
        act = recorded(11, SUGAR, value=value, unit="mmol/L")
        after(*BEGUN).when(act).then(done(SUGAR, flag, value=value))

    def test_a_value_without_a_range_is_not_judged(self) -> None:
        after(*BEGUN).when(weight).then(weighed)

    @pytest.mark.parametrize(("abnormal", "flag"), [(False, "normal"), (True, "abnormal")])
    def test_who_looks_says_whether_it_is_abnormal(self, abnormal: bool, flag: str) -> None:
        act = recorded(12, EYES, finding="所见", abnormal=abnormal)
        after(*BEGUN).when(act).then(done(EYES, flag, finding="所见"))

    def test_an_item_may_be_declined(self) -> None:
        act = recorded(12, EYES, declined="pregnant")
        after(*BEGUN).when(act).then(declined(EYES, "pregnant"))

    @pytest.mark.parametrize(
        "act",
        [
            recorded(10, WEIGHT, value="61.5", unit="g"),
            recorded(10, WEIGHT, value="61.5"),
            recorded(10, WEIGHT, finding="中等"),
            recorded(10, EYES, value="1.0", unit="kg"),
            recorded(10, EYES, finding=""),
        ],
        ids=["unit", "no unit", "words", "a value", "nothing"],
    )
    def test_what_does_not_fit_the_item_is_irregular(self, act: Any) -> None:
        after(*BEGUN).when(act).then(irregular(act, "finding_mismatch"))

    def test_an_item_of_another_package_is_irregular(self) -> None:
        act = recorded(10, "36643-5", finding="未见异常")
        after(*BEGUN).when(act).then(irregular(act, "item_unknown"))

    def test_an_item_is_done_once(self) -> None:
        again = recorded(14)
        after(*BEGUN, weight).when(again).then(irregular(again, "already_recorded"))

    def test_what_was_declined_is_not_done(self) -> None:
        after(*BEGUN, recorded(9, WEIGHT, declined="unwell")).when(weight).then(irregular(weight, "already_recorded"))

    @pytest.mark.parametrize("act", [recorded(10, visit=ANOTHER_DAY), concluded(30, visit=ANOTHER_DAY)])
    def test_what_names_another_day_is_irregular(self, act: Any) -> None:
        after(*BEGUN).when(act).then(irregular(act, "visit_mismatch"))

    @pytest.mark.parametrize("act", [recorded(10, where=ELSEWHERE), concluded(30, where=ELSEWHERE)])
    def test_what_comes_from_another_institution_is_irregular(self, act: Any) -> None:
        after(*BEGUN).when(act).then(irregular(act, "other_institution"))

    def test_nothing_is_done_while_the_card_may_not_be_used(self) -> None:
        after(*BEGUN, suspended).when(weight).then(irregular(weight, "visit_suspended"))

    def test_it_goes_on_when_the_card_may_be_used_again(self) -> None:
        after(*BEGUN, suspended, resumed).when(weight).then(weighed)

    def test_an_item_waits_while_a_cancellation_is_decided(self) -> None:
        after(*BEGUN, cancel).when(weight).then_held("ending_requested")

    def test_it_is_done_when_the_visit_is_not_cancelled(self) -> None:
        after(*BEGUN, cancel, weight).when(cancel_refused).then(weighed)

    def test_it_is_irregular_when_the_visit_is_cancelled(self) -> None:
        after(*BEGUN, cancel, weight).when(cancelled).then(irregular(weight, "visit_cancelled"))


class TestTheReport:
    def test_says_how_every_item_came_out(self) -> None:
        after(*ALL_DONE).when(concluded()).then(reported())

    def test_waits_for_the_last_item(self) -> None:
        after(*BEGUN, weight, sugar).when(concluded()).then_held("items_open")

    def test_comes_with_the_last_item(self) -> None:
        after(*BEGUN, weight, sugar, concluded()).when(eyes).then(done(EYES, "normal", finding="正常"), reported())

    def test_comes_when_the_last_item_is_declined(self) -> None:
        story = after(*BEGUN, weight, sugar, concluded()).when(recorded(13, EYES, declined="not_wanted"))
        assert [type(one) for one in story.said] == [checkup.CheckupItemDeclined, checkup.CheckupReported]

    def test_is_irregular_when_items_stay_open(self) -> None:
        act = concluded()
        after(*BEGUN, weight).when(act).when_overdue().then(irregular(act, "items_open"))

    def test_is_given_while_the_card_may_not_be_used(self) -> None:
        after(*ALL_DONE, suspended).when(concluded()).then(reported())

    def test_is_given_once(self) -> None:
        again = concluded(31)
        after(*ALL_DONE, concluded()).when(again).then(irregular(again, "checkup_reported"))

    def test_ends_the_items(self) -> None:
        late = recorded(40)
        after(*ALL_DONE, concluded()).when(late).then(irregular(late, "checkup_reported"))
