"""A check-up's visit as others have it: who opens it, who charges it, and what guide tells of it."""

from __future__ import annotations

from typing import Any

from services.billing.service import SERVICE as BILLING
from services.guide.desks import Desk, items
from services.guide.state import INITIAL, State, evolve
from services.guide.view import standing
from services.registration.service import SERVICE as REGISTRATION
from shared.events import AnyEvent, billing, checkup, registration
from shared.events.base import Visit, derive
from shared.events.edge import (
    PaymentTendered,
    RegistrationCancellationRequested,
    RegistrationRequested,
    VisitCloseRequested,
)
from tests.support.checkups import (
    CODE,
    DISPLAY,
    EYES,
    ORDER,
    PRICE,
    REFERENCE,
    SLOT,
    SUGAR,
    WEIGHT,
    cleared,
    recorded,
    registered,
    started,
)
from tests.support.spec import ANOTHER_DAY, START, VISIT, Given, an_id, asked, fact, given, happened

BILL = derive(VISIT.id, "bill")
request = asked(RegistrationRequested, 0, **SLOT, package=CODE)
cancel, close = asked(RegistrationCancellationRequested, 50), asked(VisitCloseRequested, 51)
begun = happened(checkup.CheckupStarted, 3, **started().model_dump(include={"order", "package", "display"}),
                 items=started().items)  # fmt: skip
told = [checkup.ItemTold(item=WEIGHT, display="体重", flag="unjudged")]
reported = happened(
    checkup.CheckupReported, 40, order=ORDER, package=CODE, display=DISPLAY, conclusion="正常", items=told
)
settled = happened(
    billing.BillSettled, 2, bill=BILL, total=PRICE, own_share=PRICE,
    lines=[billing.BillLine(charge=derive(order, "charge"), order=order, amount=fen, own_share=fen)
           for order, fen in ((VISIT.id, 0), (ORDER, PRICE))],
)  # fmt: skip
paid = happened(billing.PaymentReceived, 4, bill=BILL, amount=PRICE, method="cash", reference="R1")
tender = happened(PaymentTendered, 5, bill=BILL, amount=PRICE, method="cash", reference="R1")
lapsed = happened(billing.ChargeLapsed, 4, charge=derive(ORDER, "charge"), order=ORDER, bill=BILL, amount=PRICE)
irregular = happened(checkup.CheckupItemIrregular, 60, an_id(10), code="not_registered", act=recorded(10))


def at_the_desk(*events: AnyEvent) -> Given:
    return given(REGISTRATION, *events, reference=REFERENCE)


def at_the_cashiers(*events: AnyEvent) -> Given:
    return given(BILLING, *events, reference=REFERENCE)


class TestRegistration:
    def test_registers_the_package_with_the_visit(self) -> None:
        at_the_desk().when(request).then(fact(registration.VisitRegistered, **SLOT, package=CODE))

    def test_refuses_a_package_nobody_offers(self) -> None:
        other = asked(RegistrationRequested, 0, **SLOT, package="package:none")
        at_the_desk().when(other).then(fact(registration.RegistrationRefused, code="package_unknown"))

    def test_refuses_a_package_before_its_day(self) -> None:
        early = Visit(id=VISIT.id, date=START.date().replace(year=2019))
        slot = {**SLOT, "date": early.date}
        other = asked(RegistrationRequested, 0, **slot, visit=early, package=CODE)
        story = given(REGISTRATION, reference=REFERENCE).when(other)
        assert [type(one) for one in story.said] == [registration.RegistrationRefused]

    def test_refuses_a_package_in_another_kind_of_visit(self) -> None:
        other = asked(RegistrationRequested, 0, **{**SLOT, "kind": "emergency"}, package=CODE)
        at_the_desk().when(other).then(fact(registration.RegistrationRefused, code="package_unknown"))

    def test_cancels_what_nobody_began(self) -> None:
        at_the_desk(request).when(cancel).then(fact(registration.VisitCancelled))

    def test_does_not_cancel_after_an_item_was_recorded(self) -> None:
        at_the_desk(request, recorded()).when(cancel).then(
            fact(registration.RegistrationRefused, code="checkup_started")
        )

    def test_does_not_cancel_after_an_item_that_came_before_the_visit(self) -> None:
        at_the_desk(recorded(), request).when(cancel).then(
            fact(registration.RegistrationRefused, code="checkup_started")
        )

    def test_cancels_in_spite_of_an_early_item_that_was_irregular_by_then(self) -> None:
        at_the_desk(recorded(), irregular, request).when(cancel).then(fact(registration.VisitCancelled))

    def test_cancels_in_spite_of_an_item_that_names_another_day(self) -> None:
        at_the_desk(request, recorded(visit=ANOTHER_DAY)).when(cancel).then(fact(registration.VisitCancelled))

    def test_keeps_the_visit_open_until_the_report(self) -> None:
        story = at_the_desk(request, settled, paid).when(close).when_overdue()
        story.then(fact(registration.CloseRefused, code="still_open", checkup=ORDER))

    def test_closes_the_visit_with_the_report(self) -> None:
        at_the_desk(request, settled, paid, close).when(reported).then(fact(registration.VisitClosed))

    def test_closes_a_visit_whose_package_lapsed(self) -> None:
        of_the_visit = happened(
            billing.ChargeLapsed, 5, charge=derive(VISIT.id, "charge"), order=VISIT.id, bill=BILL, amount=0
        )
        at_the_desk(request, settled, of_the_visit, lapsed).when(close).then(fact(registration.VisitClosed))


class TestBilling:
    def test_charges_the_package_on_the_registrations_bill(self) -> None:
        story = at_the_cashiers().when(registered())
        raised, package, bill = story.said
        assert isinstance(raised, billing.ChargeRaised)
        assert isinstance(package, billing.ChargeRaised)
        assert isinstance(bill, billing.BillSettled)
        assert (raised.order, package.order, package.item, package.amount) == (VISIT.id, ORDER, CODE, PRICE)
        assert (bill.bill, bill.own_share, [line.order for line in bill.lines]) == (BILL, PRICE, [VISIT.id, ORDER])

    def test_clears_the_package_when_it_is_paid(self) -> None:
        story = at_the_cashiers(registered()).when(tender)
        assert ORDER in [one.order for one in story.said if isinstance(one, billing.OrderCleared)]

    def test_takes_the_package_back_with_the_visit(self) -> None:
        story = at_the_cashiers(registered()).when(happened(registration.VisitCancelled, 9))
        reversed_ = [one.order for one in story.said if isinstance(one, billing.ChargeReversed)]
        assert reversed_ == [VISIT.id, ORDER]

    def test_gives_back_what_was_paid_for_it(self) -> None:
        story = at_the_cashiers(registered(), tender).when(happened(registration.VisitCancelled, 9))
        assert sum(one.amount for one in story.said if isinstance(one, billing.RefundAsked)) == PRICE


class TestGuide:
    def test_sends_the_resident_to_the_cashier_first(self) -> None:
        assert next_after(registered(), settled) == ["pay"]

    def test_sends_the_resident_to_the_stations(self) -> None:
        [step] = standing(after(*PAID))["next"]
        assert (step["step"], step["about"]) == ("checkup", [WEIGHT, SUGAR, EYES])

    def test_shows_the_stations_what_is_open(self) -> None:
        assert [one["item"] for one in at("checkup_items", *PAID, item(10, WEIGHT))] == [SUGAR, EYES]

    def test_shows_no_doctor_a_check_up(self) -> None:
        assert at("consultation", registered()) == []

    def test_shows_whoever_concludes_how_the_items_came_out(self) -> None:
        [work] = at("checkup_report", *DONE)
        assert [(one["item"], one["flag"], one["declined"]) for one in work["items"]] == [
            (WEIGHT, "normal", ""), (SUGAR, "normal", ""), (EYES, "", "unwell"),
        ]  # fmt: skip

    def test_lets_the_resident_wait_for_the_report(self) -> None:
        assert next_after(*DONE) == ["checkup_report"]

    def test_tells_that_the_report_is_ready(self) -> None:
        found = standing(after(*DONE, reported))
        assert [(one["order"], one["code"]) for one in found["results"]] == [(ORDER, CODE)]

    def test_tells_that_everything_is_done(self) -> None:
        assert next_after(*DONE, reported) == ["finished"]

    def test_tells_what_was_done_and_what_was_declined(self) -> None:
        found = [one["step"] for one in standing(after(*DONE, reported))["done"]]
        assert found == ["registered", "paid", "checkup_item", "checkup_item", "checkup_declined", "checkup_reported"]

    def test_lets_a_check_up_without_a_package_be_closed(self) -> None:
        assert next_after(registered(package=None)) == ["finished"]

    def test_shows_nothing_of_a_cancelled_visit(self) -> None:
        gone = happened(registration.VisitCancelled, 9)
        assert (at("checkup_items", *PAID, gone), at("checkup_report", *PAID, gone)) == ([], [])

    def test_shows_no_item_while_the_visit_is_suspended_and_no_report_of_open_ones(self) -> None:
        stopped = happened(registration.VisitSuspended, 9, code="card_suspended")
        assert (at("checkup_items", *PAID, stopped), at("checkup_report", *PAID, stopped)) == ([], [])
        assert len(at("checkup_items", *PAID, stopped, happened(registration.VisitResumed, 10))) == 3

    def test_shows_the_report_to_be_written_of_a_suspended_visit_that_is_all_done(self) -> None:
        stopped = happened(registration.VisitSuspended, 90, code="card_suspended")
        assert len(at("checkup_report", *DONE, stopped)) == 1

    def test_knows_the_items_in_whatever_order_they_are_told(self) -> None:
        assert (
            after(*PAID, item(10, WEIGHT)).checkup == after(registered(), item(10, WEIGHT), settled, *PAID[2:]).checkup
        )

    def test_names_the_package_that_keeps_a_visit_open(self) -> None:
        refused = happened(registration.CloseRefused, 97, close.id, code="still_open", checkup=ORDER)
        assert after(close, refused).asked[close.id].open == (("checkup", ORDER),)


def item(n: int, code: str, flag: Any = "normal") -> Any:
    return happened(checkup.CheckupItemDone, n, order=ORDER, item=code, display="项目", flag=flag, finding="正常")


PAID = (registered(), settled, paid, cleared(5), begun)
DONE = (
    *PAID, item(10, WEIGHT), item(11, SUGAR),
    happened(checkup.CheckupItemDeclined, 12, order=ORDER, item=EYES, display="眼科检查", declined="unwell"),
)  # fmt: skip


def after(*events: AnyEvent) -> State:
    state = INITIAL
    for event in events:
        state = evolve(state, event)
    return state


def at(desk: Desk, *events: AnyEvent) -> list[Any]:
    return items(after(*events), desk)


def next_after(*events: AnyEvent) -> list[str]:
    return [one["step"] for one in standing(after(*events))["next"]]
