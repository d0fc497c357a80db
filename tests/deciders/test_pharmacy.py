"""pharmacy, told by its events: one class per state a prescription can be in, one outcome per test."""

from __future__ import annotations

from typing import Any

import pytest

from services.pharmacy.service import SERVICE
from shared.events import billing, consultation, edge, pharmacy, registration
from shared.events.base import Where
from tests.support.spec import ANOTHER_DAY, Given, an_id, asked, fact, given, happened

PRESCRIPTION, CONSULTATION, A, B = an_id(900), an_id(901), an_id(910), an_id(911)
ELSEWHERE = Where(institution="H02", department="D01", terminal="T09", channel="window")


def prescribed(n: int, order: str, quantity: str = "2", *, treat_first: bool = False) -> Any:
    return happened(
        consultation.MedicationPrescribed,
        n,
        consultation=CONSULTATION,
        order=order,
        prescription=PRESCRIPTION,
        line=n,
        code="J01CA04",
        display="Amoxicillin",
        quantity=quantity,
        unit="box",
        dosage="500 mg three times a day",
        days=7,
        treat_first=treat_first,
    )


def accepted_with(prescription: str | None = PRESCRIPTION) -> Any:
    return happened(
        consultation.ConsultationAccepted, 3, consultation=CONSULTATION, orders=[A, B], prescription=prescription
    )


def cleared(n: int, order: str) -> Any:
    return happened(billing.OrderCleared, n, order=order, how="paid")


def lapsed(n: int, order: str) -> Any:
    return happened(billing.ChargeLapsed, n, charge=an_id(950), order=order, bill=an_id(951), amount=500)


def cancel(n: int, order: str, **fields: Any) -> Any:
    return asked(edge.OrderCancellationRequested, n, kind="medication", order=order, **fields)


def handed(n: int, *lines: tuple[str, str], **fields: Any) -> Any:
    wanted = [edge.HandedLine(order=order, quantity=quantity) for order, quantity in lines]
    return happened(edge.MedicationHandedOver, n, prescription=PRESCRIPTION, lines=wanted, **fields)


line_a, line_b, accepted = prescribed(1, A), prescribed(2, B, "1.50"), accepted_with()
known = (line_a, line_b, accepted)
paid = (cleared(4, A), cleared(5, B))
passed = happened(edge.PrescriptionReviewed, 10, prescription=PRESCRIPTION, verdict="passed")
passed_again = happened(edge.PrescriptionReviewed, 11, prescription=PRESCRIPTION, verdict="passed")
returned = happened(edge.PrescriptionReviewed, 12, prescription=PRESCRIPTION, verdict="returned", reason="Dose.")
pickup = asked(edge.MedicationPickupRequested, 20, prescription=PRESCRIPTION)
both = handed(30, (A, "2"), (B, "1.5"))
only_a = handed(31, (A, "2"))
visit_cancelled = happened(registration.VisitCancelled, 40)


def ready(*orders: str) -> Any:
    return fact(pharmacy.MedicationReady, prescription=PRESCRIPTION, orders=list(orders))


def sent_back(*orders: str) -> Any:
    return fact(pharmacy.PrescriptionReturned, prescription=PRESCRIPTION, orders=list(orders), reason="Dose.")


def released(*orders: str) -> Any:
    quantity = {A: "2", B: "1.50"}
    lines = [
        pharmacy.ReleasedLine(order=order, code="J01CA04", display="Amoxicillin", quantity=quantity[order], unit="box")
        for order in orders
    ]
    return fact(pharmacy.PickupReleased, prescription=PRESCRIPTION, lines=lines)


def dispensed(act: Any) -> Any:
    return fact(pharmacy.MedicationDispensed, prescription=PRESCRIPTION, lines=act.lines)


def review_irregular(act: Any, code: str) -> Any:
    return fact(pharmacy.ReviewIrregular, code=code, act=act, visit=act.visit)


def irregular(act: Any, code: str) -> Any:
    return fact(pharmacy.DispensingIrregular, code=code, act=act, visit=act.visit, where=act.where)


def no_pickup(code: str, **fields: Any) -> Any:
    return fact(pharmacy.PickupRefused, prescription=PRESCRIPTION, code=code, **fields)


def cancelled(order: str) -> Any:
    return fact(pharmacy.OrderCancelled, order=order)


def stands(order: str, code: str, **fields: Any) -> Any:
    return fact(pharmacy.CancellationRefused, order=order, code=code, **fields)


def after(*events: Any) -> Given:
    return given(SERVICE, *events)


class TestBeforeThePrescriptionIsComplete:
    @pytest.mark.parametrize("request_", [passed, returned, pickup, both, cancel(50, A)])
    def test_every_request_waits_for_it(self, request_: Any) -> None:
        after(line_a, line_b).when(request_).then_held("order_not_seen")

    def test_another_consultation_does_not_complete_it(self) -> None:
        after(line_a, line_b, accepted_with(None)).when(passed).then_held("order_not_seen")

    def test_a_review_that_waited_passes_all_its_lines(self) -> None:
        after(line_a, passed, line_b).when(accepted).then(ready(A, B))

    def test_a_review_of_no_prescription_is_irregular(self) -> None:
        after(passed).when_overdue().then(review_irregular(passed, "order_not_seen"))

    def test_a_pickup_of_no_prescription_is_refused(self) -> None:
        after(pickup).when_overdue().then(no_pickup("order_not_seen"))

    def test_a_hand_over_of_no_prescription_is_irregular(self) -> None:
        after(both).when_overdue().then(irregular(both, "order_not_seen"))

    def test_a_cancellation_of_no_order_is_refused(self) -> None:
        after(cancel(50, A)).when_overdue().then(stands(A, "order_not_seen"))

    def test_a_cancellation_of_another_kind_is_not_pharmacys_to_answer(self) -> None:
        after(*known).when(asked(edge.OrderCancellationRequested, 50, kind="lab_test", order=A)).then_nothing()

    def test_a_review_in_a_cancelled_visit_is_irregular(self) -> None:
        after(visit_cancelled).when(passed).then(review_irregular(passed, "visit_cancelled"))


class TestAwaitingReview:
    def test_a_passed_prescription_is_ready(self) -> None:
        after(*known).when(passed).then(ready(A, B))

    def test_a_returned_prescription_returns_all_its_lines(self) -> None:
        after(*known).when(returned).then(sent_back(A, B))

    def test_a_cancelled_line_is_not_made_ready(self) -> None:
        after(*known, cancel(50, A)).when(passed).then(ready(B))

    def test_a_cancelled_line_is_not_returned(self) -> None:
        after(*known, cancel(50, A)).when(returned).then(sent_back(B))

    def test_a_lapsed_line_is_not_made_ready(self) -> None:
        after(*known, lapsed(6, A)).when(passed).then(ready(B))

    def test_a_lapsed_line_is_returned_with_the_others(self) -> None:
        after(*known, lapsed(6, A)).when(returned).then(sent_back(A, B))

    def test_a_review_of_nothing_but_cancelled_lines_is_irregular(self) -> None:
        story = after(*known, cancel(50, A), cancel(51, B))
        story.when(passed).then(review_irregular(passed, "order_cancelled"))

    def test_passing_nothing_but_lapsed_lines_is_irregular(self) -> None:
        after(*known, lapsed(6, A), lapsed(7, B)).when(passed).then(review_irregular(passed, "order_lapsed"))

    def test_a_pickup_waits_for_the_review(self) -> None:
        after(*known, *paid).when(pickup).then_held("not_reviewed")

    def test_a_pickup_never_reviewed_is_refused(self) -> None:
        after(*known, *paid, pickup).when_overdue().then(no_pickup("not_reviewed"))

    def test_a_pickup_that_waited_is_released_when_the_review_passes(self) -> None:
        after(*known, *paid, pickup).when(passed).then(ready(A, B), released(A, B))

    def test_a_pickup_that_waited_is_refused_when_the_prescription_is_returned(self) -> None:
        after(*known, *paid, pickup).when(returned).then(sent_back(A, B), no_pickup("prescription_returned"))

    def test_a_hand_over_waits_for_the_review(self) -> None:
        after(*known, *paid).when(both).then_held("not_reviewed")

    def test_a_hand_over_never_reviewed_is_irregular(self) -> None:
        after(*known, *paid, both).when_overdue().then(irregular(both, "not_reviewed"))

    def test_a_line_may_be_cancelled(self) -> None:
        after(*known).when(cancel(50, A)).then(cancelled(A))


class TestPassed:
    def test_it_is_not_reviewed_again(self) -> None:
        after(*known, passed).when(passed_again).then(review_irregular(passed_again, "already_reviewed"))

    def test_a_pickup_waits_for_the_clearing_of_every_line(self) -> None:
        after(*known, passed, cleared(4, A)).when(pickup).then_held("not_cleared")

    def test_a_pickup_that_waited_is_released_with_the_last_clearing(self) -> None:
        after(*known, passed, cleared(4, A), pickup).when(cleared(5, B)).then(released(A, B))

    def test_a_pickup_waits_for_no_line_that_has_lapsed(self) -> None:
        after(*known, passed, cleared(4, A), pickup).when(lapsed(6, B)).then(released(A))

    def test_a_pickup_of_nothing_but_lapsed_lines_is_refused(self) -> None:
        after(*known, passed, lapsed(6, A), lapsed(7, B)).when(pickup).then(no_pickup("order_lapsed"))

    def test_a_pickup_of_nothing_but_cancelled_lines_is_refused(self) -> None:
        after(*known, passed, cancel(50, A), cancel(51, B)).when(pickup).then(no_pickup("order_cancelled"))

    def test_a_hand_over_waits_for_the_clearing(self) -> None:
        after(*known, passed, cleared(4, A)).when(both).then_held("not_cleared")

    def test_a_hand_over_never_cleared_is_irregular(self) -> None:
        after(*known, passed, both).when_overdue().then(irregular(both, "not_cleared"))

    def test_a_hand_over_waits_for_the_clearing_of_its_own_lines_alone(self) -> None:
        after(*known, passed, cleared(4, A)).when(only_a).then(dispensed(only_a))

    def test_treat_first_lines_are_handed_over_without_payment(self) -> None:
        lines = (prescribed(1, A, treat_first=True), prescribed(2, B, "1.50", treat_first=True))
        after(*lines, accepted, passed).when(both).then(dispensed(both))

    def test_treat_first_lines_are_released_without_payment(self) -> None:
        lines = (prescribed(1, A, treat_first=True), prescribed(2, B, "1.50", treat_first=True))
        after(*lines, accepted, passed).when(pickup).then(released(A, B))

    def test_a_line_may_still_be_cancelled(self) -> None:
        after(*known, passed).when(cancel(50, A)).then(cancelled(A))

    def test_a_line_that_lapsed_can_not_be_cancelled(self) -> None:
        after(*known, passed, lapsed(6, A)).when(cancel(50, A)).then(stands(A, "order_lapsed"))

    def test_a_line_is_not_cancelled_twice(self) -> None:
        after(*known, cancel(50, A)).when(cancel(51, A)).then(stands(A, "order_cancelled"))

    def test_a_line_is_not_cancelled_from_another_institution(self) -> None:
        refused = stands(A, "other_institution", where=ELSEWHERE)
        after(*known).when(cancel(50, A, where=ELSEWHERE)).then(refused)

    def test_a_hand_over_that_waits_is_irregular_once_a_line_of_it_is_cancelled(self) -> None:
        after(*known, passed, both).when(cancel(50, A)).then(cancelled(A), irregular(both, "order_cancelled"))


class TestAnotherDayThanTheVisits:
    """Every fact repeats what its request names, so a request that names the visit wrongly gets no other fact."""

    def test_a_review_that_names_it_is_irregular(self) -> None:
        misnamed = happened(
            edge.PrescriptionReviewed, 10, prescription=PRESCRIPTION, verdict="passed", visit=ANOTHER_DAY
        )
        after(*known).when(misnamed).then(review_irregular(misnamed, "visit_mismatch"))

    def test_a_pickup_that_names_it_is_refused(self) -> None:
        misnamed = asked(edge.MedicationPickupRequested, 20, prescription=PRESCRIPTION, visit=ANOTHER_DAY)
        after(*known, *paid, passed).when(misnamed).then(no_pickup("visit_mismatch", visit=ANOTHER_DAY))

    def test_a_hand_over_that_names_it_is_irregular(self) -> None:
        misnamed = handed(30, (A, "2"), visit=ANOTHER_DAY)
        after(*known, *paid, passed).when(misnamed).then(irregular(misnamed, "visit_mismatch"))

    def test_a_cancellation_that_names_it_is_refused(self) -> None:
        refused = stands(A, "visit_mismatch", visit=ANOTHER_DAY)
        after(*known).when(cancel(50, A, visit=ANOTHER_DAY)).then(refused)

    def test_a_pickup_that_waited_for_the_first_line_is_refused_when_it_comes(self) -> None:
        misnamed = asked(edge.MedicationPickupRequested, 20, prescription=PRESCRIPTION, visit=ANOTHER_DAY)
        after(misnamed).when(line_a).then(no_pickup("visit_mismatch", visit=ANOTHER_DAY))


class TestReadyToFetch:
    STORY = (*known, *paid, passed)

    def test_a_pickup_is_released(self) -> None:
        after(*self.STORY).when(pickup).then(released(A, B))

    def test_a_pickup_at_another_institution_is_refused(self) -> None:
        foreign = asked(edge.MedicationPickupRequested, 20, prescription=PRESCRIPTION, where=ELSEWHERE)
        after(*self.STORY).when(foreign).then(no_pickup("other_institution", where=ELSEWHERE))

    def test_a_hand_over_is_dispensed(self) -> None:
        after(*self.STORY).when(both).then(dispensed(both))

    def test_a_repeated_hand_over_says_nothing(self) -> None:
        after(*self.STORY, both).when(both).then_nothing()

    def test_less_than_prescribed_may_be_handed_over(self) -> None:
        less = handed(30, (B, "1.49"))
        after(*self.STORY).when(less).then(dispensed(less))

    @pytest.mark.parametrize("lines", [[(B, "1.51")], [(B, "0")], [(B, "-1")], [(A, "1"), (A, "1")]])
    def test_another_quantity_than_prescribed_is_irregular(self, lines: list[tuple[str, str]]) -> None:
        wrong = handed(30, *lines)
        after(*self.STORY).when(wrong).then(irregular(wrong, "more_than_prescribed"))

    def test_one_line_of_another_prescription_makes_the_whole_hand_over_irregular(self) -> None:
        wrong = handed(30, (A, "2"), (an_id(999), "1"))
        after(*self.STORY).when(wrong).then(irregular(wrong, "line_unknown"))

    def test_an_irregular_hand_over_dispenses_none_of_its_lines(self) -> None:
        after(*self.STORY, handed(30, (A, "2"), (B, "9"))).when(pickup).then(released(A, B))

    def test_a_hand_over_at_another_institution_is_irregular(self) -> None:
        foreign = handed(30, (A, "2"), where=ELSEWHERE)
        after(*self.STORY).when(foreign).then(irregular(foreign, "other_institution"))

    def test_a_cancelled_line_is_not_released(self) -> None:
        after(*self.STORY, cancel(50, A)).when(pickup).then(released(B))

    def test_a_hand_over_of_a_cancelled_line_is_irregular(self) -> None:
        after(*self.STORY, cancel(50, A)).when(both).then(irregular(both, "order_cancelled"))

    def test_a_hand_over_of_a_lapsed_line_is_irregular(self) -> None:
        after(*self.STORY, lapsed(6, A)).when(both).then(irregular(both, "order_lapsed"))


class TestDispensed:
    STORY = (*known, *paid, passed, only_a)

    def test_the_rest_may_be_fetched(self) -> None:
        after(*self.STORY).when(pickup).then(released(B))

    def test_a_line_is_not_dispensed_twice(self) -> None:
        after(*self.STORY).when(both).then(irregular(both, "already_dispensed"))

    def test_a_dispensed_line_can_not_be_cancelled(self) -> None:
        after(*self.STORY).when(cancel(50, A)).then(stands(A, "already_dispensed"))

    def test_a_pickup_after_everything_was_dispensed_is_refused(self) -> None:
        after(*self.STORY, handed(32, (B, "1.5"))).when(pickup).then(no_pickup("already_dispensed"))

    def test_a_pickup_after_the_rest_was_cancelled_is_refused(self) -> None:
        after(*self.STORY, cancel(50, B)).when(pickup).then(no_pickup("already_dispensed"))

    def test_a_lapse_does_not_change_what_was_dispensed(self) -> None:
        after(*self.STORY, lapsed(6, A)).when(cancel(50, A)).then(stands(A, "already_dispensed"))


class TestReturned:
    STORY = (*known, *paid, returned)

    def test_it_is_not_reviewed_again(self) -> None:
        after(*self.STORY).when(passed).then(review_irregular(passed, "already_reviewed"))

    def test_a_pickup_is_refused(self) -> None:
        after(*self.STORY).when(pickup).then(no_pickup("prescription_returned"))

    def test_a_hand_over_is_irregular(self) -> None:
        after(*self.STORY).when(both).then(irregular(both, "prescription_returned"))

    def test_a_line_of_it_can_not_be_cancelled(self) -> None:
        after(*self.STORY).when(cancel(50, A)).then(stands(A, "prescription_returned"))

    def test_a_line_cancelled_before_stays_so(self) -> None:
        after(*known, cancel(50, A), returned).when(cancel(51, A)).then(stands(A, "order_cancelled"))
