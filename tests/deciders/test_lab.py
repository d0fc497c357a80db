"""lab, told by its events: one class per state an order can be in, one outcome per test."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.lab.service import SERVICE
from shared.critical import flagging
from shared.events import Event, billing, consultation, edge, lab, registration
from shared.events.base import Where
from shared.reference import Limits, Reference
from shared.reference.data import Dated
from tests.support.spec import ANOTHER_DAY, Given, an_id, asked, fact, given, happened

ORDER, SPECIMEN, CONSULTATION, CHARGE, BILL = an_id(900), an_id(901), an_id(902), an_id(903), an_id(904)
ELSEWHERE = Where(institution="H02", department="D01", terminal="T09", channel="window")
TEST = {"order": ORDER, "consultation": CONSULTATION, "code": "2823-3", "display": "Potassium", "specimen": "blood"}
REFERENCE = Reference(
    limits=Dated.of(
        [
            ("2823-3|mmol/L", date(2026, 1, 1), Limits("2823-3", "mmol/L", Decimal("2.5"), Decimal("6.0"))),
            ("2823-3|mmol/L", date(2026, 11, 25), Limits("2823-3", "mmol/L", Decimal("2.5"), Decimal("9.0"))),
        ]
    )
)

ordered = happened(consultation.LabTestOrdered, 1, **TEST)
ordered_treat_first = happened(consultation.LabTestOrdered, 1, treat_first=True, **TEST)
cleared = happened(billing.OrderCleared, 2, order=ORDER, how="paid")
lapsed = happened(billing.ChargeLapsed, 3, charge=CHARGE, order=ORDER, bill=BILL, amount=500)
visit_cancelled = happened(registration.VisitCancelled, 4)
cancel = asked(edge.OrderCancellationRequested, 10, kind="lab_test", order=ORDER)
collected = happened(edge.SpecimenCollected, 20, order=ORDER, specimen=SPECIMEN, kind="blood")
collected_again = happened(edge.SpecimenCollected, 21, order=ORDER, specimen=SPECIMEN, kind="blood")
acknowledged = happened(edge.CriticalValueAcknowledgementReported, 60, order=ORDER, action="Calcium given.")
acknowledged_again = happened(edge.CriticalValueAcknowledgementReported, 61, order=ORDER, action="Seen.")

accepted_fact = fact(lab.SpecimenAccepted, order=ORDER, specimen=SPECIMEN, kind="blood")
cancelled_fact = fact(lab.OrderCancelled, order=ORDER)
acknowledged_fact = fact(lab.CriticalValueAcknowledged, order=ORDER, action="Calcium given.")


def measured(value: str, low: str | None = "3.5", high: str | None = "5.3", unit: str = "mmol/L") -> edge.Analyte:
    return edge.Analyte(code="2823-3", display="Potassium", value=value, unit=unit, low=low, high=high)


def found(value: str, flag: lab.Flag, low: str | None = "3.5", high: str | None = "5.3") -> lab.Finding:
    return lab.Finding(code="2823-3", display="Potassium", value=value, unit="mmol/L", low=low, high=high, flag=flag)


def result(*analytes: edge.Analyte, n: int = 30, specimen: str = SPECIMEN) -> Any:
    return happened(edge.LabResultEntered, n, order=ORDER, specimen=specimen, analytes=list(analytes))


def correction(*analytes: edge.Analyte, n: int = 40) -> Any:
    return happened(edge.LabResultCorrected, n, order=ORDER, analytes=list(analytes), reason="Haemolysed.")


def reported(*findings: lab.Finding) -> Any:
    return fact(lab.LabResultReported, order=ORDER, specimen=SPECIMEN, test="2823-3", findings=list(findings))


def amended(version: int, *findings: lab.Finding) -> Any:
    fields = {"order": ORDER, "test": "2823-3", "version": version, "reason": "Haemolysed."}
    return fact(lab.LabResultAmended, findings=list(findings), **fields)


def flagged(*findings: lab.Finding, escalation: int = 0) -> Any:
    return fact(lab.CriticalValueFlagged, order=ORDER, findings=list(findings), escalation=escalation)


def irregular(act: Any, code: str) -> Any:
    said: dict[str, Any] = {"code": code, "act": act, "visit": act.visit}
    if isinstance(act, edge.SpecimenCollected):
        return fact(lab.SpecimenIrregular, **said)
    if isinstance(act, edge.CriticalValueAcknowledgementReported):
        return fact(lab.AcknowledgementIrregular, **said)
    return fact(lab.LabResultIrregular, **said)


def refused(code: str, **fields: Any) -> Any:
    return fact(lab.CancellationRefused, order=ORDER, code=code, **fields)


def after(*events: Event) -> Given:
    return given(SERVICE, *events, reference=REFERENCE)


class TestBeforeTheOrderIsSeen:
    def test_a_specimen_waits_for_the_order(self) -> None:
        after().when(collected).then_held("order_not_seen")

    def test_a_specimen_whose_order_never_came_is_irregular(self) -> None:
        after(collected).when_overdue().then(irregular(collected, "order_not_seen"))

    def test_a_specimen_that_waited_for_the_order_waits_for_its_clearing(self) -> None:
        after(collected).when(ordered).then_held("not_cleared")

    def test_a_result_waits_for_the_order(self) -> None:
        after().when(result(measured("4.0"))).then_held("order_not_seen")

    def test_a_cancellation_waits_for_the_order(self) -> None:
        after().when(cancel).then_held("order_not_seen")

    def test_a_cancellation_whose_order_never_came_is_refused(self) -> None:
        after(cancel).when_overdue().then(refused("order_not_seen"))

    def test_a_cancellation_that_waited_cancels_the_order(self) -> None:
        after(cancel).when(ordered).then(cancelled_fact)

    def test_a_cancellation_of_another_kind_is_not_labs_to_answer(self) -> None:
        after().when(asked(edge.OrderCancellationRequested, 10, kind="medication", order=ORDER)).then_nothing()

    def test_a_specimen_of_a_cancelled_visit_is_irregular_at_once(self) -> None:
        after(visit_cancelled).when(collected).then(irregular(collected, "visit_cancelled"))

    def test_a_specimen_that_waits_is_irregular_as_soon_as_the_visit_is_cancelled(self) -> None:
        after(collected).when(visit_cancelled).then(irregular(collected, "visit_cancelled"))


class TestOrdered:
    def test_a_specimen_waits_for_the_clearing(self) -> None:
        after(ordered).when(collected).then_held("not_cleared")

    def test_a_specimen_that_waited_is_accepted_when_the_order_is_cleared(self) -> None:
        after(ordered, collected).when(cleared).then(accepted_fact)

    def test_a_specimen_never_cleared_is_irregular(self) -> None:
        after(ordered, collected).when_overdue().then(irregular(collected, "not_cleared"))

    def test_a_treat_first_specimen_needs_no_clearing(self) -> None:
        after(ordered_treat_first).when(collected).then(accepted_fact)

    def test_a_result_waits_for_the_specimen(self) -> None:
        after(ordered).when(result(measured("4.0"))).then_held("specimen_not_seen")

    def test_a_result_without_a_specimen_is_irregular(self) -> None:
        entered = result(measured("4.0"))
        after(ordered, entered).when_overdue().then(irregular(entered, "specimen_not_seen"))

    def test_it_may_be_cancelled(self) -> None:
        after(ordered).when(cancel).then(cancelled_fact)

    def test_it_is_not_cancelled_from_another_institution(self) -> None:
        foreign = asked(edge.OrderCancellationRequested, 10, kind="lab_test", order=ORDER, where=ELSEWHERE)
        after(ordered).when(foreign).then(
            lab.CancellationRefused(
                card=foreign.card, visit=foreign.visit, where=ELSEWHERE, order=ORDER, code="other_institution"
            )
        )

    def test_a_held_specimen_is_irregular_once_the_order_is_cancelled(self) -> None:
        after(ordered, collected).when(cancel).then(cancelled_fact, irregular(collected, "order_cancelled"))

    def test_a_held_specimen_is_irregular_once_the_charge_lapses(self) -> None:
        after(ordered, collected).when(lapsed).then(irregular(collected, "order_lapsed"))


class TestAnotherDayThanTheVisits:
    """Every fact repeats what its request names, so a request that names the visit wrongly gets no other fact."""

    SPECIMEN_OF_IT = happened(
        edge.SpecimenCollected, 20, order=ORDER, specimen=SPECIMEN, kind="blood", visit=ANOTHER_DAY
    )
    ACTS = (
        SPECIMEN_OF_IT,
        happened(
            edge.LabResultEntered, 30, order=ORDER, specimen=SPECIMEN, analytes=[measured("4.0")], visit=ANOTHER_DAY
        ),
        happened(
            edge.LabResultCorrected, 40, order=ORDER, analytes=[measured("4.0")], reason="Mixed.", visit=ANOTHER_DAY
        ),
        happened(edge.CriticalValueAcknowledgementReported, 60, order=ORDER, action="Seen.", visit=ANOTHER_DAY),
    )

    @pytest.mark.parametrize("act", ACTS)
    def test_an_act_that_names_it_is_irregular_at_once(self, act: Any) -> None:
        after(ordered, cleared).when(act).then(irregular(act, "visit_mismatch"))

    def test_a_cancellation_that_names_it_is_refused(self) -> None:
        misnamed = asked(edge.OrderCancellationRequested, 10, kind="lab_test", order=ORDER, visit=ANOTHER_DAY)
        after(ordered).when(misnamed).then(refused("visit_mismatch", visit=ANOTHER_DAY))

    def test_a_cancellation_of_another_kind_that_names_it_is_not_labs_to_answer(self) -> None:
        other = asked(edge.OrderCancellationRequested, 10, kind="medication", order=ORDER, visit=ANOTHER_DAY)
        after(ordered).when(other).then_nothing()

    def test_an_act_that_waited_for_the_order_is_irregular_when_it_comes(self) -> None:
        after(self.SPECIMEN_OF_IT).when(ordered).then(irregular(self.SPECIMEN_OF_IT, "visit_mismatch"))


class TestCleared:
    def test_a_specimen_is_accepted(self) -> None:
        after(ordered, cleared).when(collected).then(accepted_fact)

    def test_a_repeated_specimen_says_nothing(self) -> None:
        after(ordered, cleared, collected).when(collected).then_nothing()

    def test_a_specimen_of_another_kind_is_irregular(self) -> None:
        urine = happened(edge.SpecimenCollected, 20, order=ORDER, specimen=SPECIMEN, kind="urine")
        after(ordered, cleared).when(urine).then(irregular(urine, "specimen_mismatch"))

    def test_a_specimen_taken_at_another_institution_is_irregular(self) -> None:
        fields: dict[str, Any] = {"order": ORDER, "specimen": SPECIMEN, "kind": "blood", "where": ELSEWHERE}
        foreign = happened(edge.SpecimenCollected, 20, **fields)
        after(ordered, cleared).when(foreign).then(
            lab.SpecimenIrregular(
                card=foreign.card, visit=foreign.visit, where=ELSEWHERE, code="other_institution", act=foreign
            )
        )


class TestCancelled:
    def test_a_specimen_is_irregular(self) -> None:
        after(ordered, cleared, cancel).when(collected).then(irregular(collected, "order_cancelled"))

    def test_it_is_not_cancelled_twice(self) -> None:
        again = asked(edge.OrderCancellationRequested, 11, kind="lab_test", order=ORDER)
        after(ordered, cancel).when(again).then(refused("order_cancelled"))

    def test_it_stays_cancelled_when_its_charge_lapses(self) -> None:
        after(ordered, cancel, lapsed).when(collected).then(irregular(collected, "order_cancelled"))

    def test_a_result_is_irregular_at_once(self) -> None:
        entered = result(measured("4.0"))
        after(ordered, cancel).when(entered).then(irregular(entered, "order_cancelled"))

    def test_a_result_that_waited_for_a_specimen_is_irregular_with_the_cancellation(self) -> None:
        entered = result(measured("4.0"))
        after(ordered, entered).when(cancel).then(cancelled_fact, irregular(entered, "order_cancelled"))


class TestLapsed:
    def test_a_specimen_is_irregular(self) -> None:
        after(ordered, lapsed).when(collected).then(irregular(collected, "order_lapsed"))

    def test_it_can_not_be_cancelled(self) -> None:
        after(ordered, lapsed).when(cancel).then(refused("order_lapsed"))

    def test_a_result_is_irregular_at_once(self) -> None:
        entered = result(measured("4.0"))
        after(ordered, lapsed).when(entered).then(irregular(entered, "order_lapsed"))


class TestCollected:
    STORY = (ordered, cleared, collected)

    def test_a_second_specimen_is_irregular(self) -> None:
        after(*self.STORY).when(collected_again).then(irregular(collected_again, "already_collected"))

    def test_it_can_not_be_cancelled(self) -> None:
        after(*self.STORY).when(cancel).then(refused("already_collected"))

    def test_a_result_of_another_specimen_is_irregular(self) -> None:
        entered = result(measured("4.0"), specimen=an_id(999))
        after(*self.STORY).when(entered).then(irregular(entered, "specimen_mismatch"))

    def test_a_correction_waits_for_the_result(self) -> None:
        after(*self.STORY).when(correction(measured("4.0"))).then_held("result_not_seen")

    def test_a_correction_without_a_result_is_irregular(self) -> None:
        corrected = correction(measured("4.0"))
        after(*self.STORY, corrected).when_overdue().then(irregular(corrected, "result_not_seen"))

    def test_an_acknowledgement_without_a_critical_value_waits(self) -> None:
        after(*self.STORY).when(acknowledged).then_held("critical_not_seen")

    def test_an_acknowledgement_of_nothing_critical_is_irregular(self) -> None:
        after(*self.STORY, acknowledged).when_overdue().then(irregular(acknowledged, "critical_not_seen"))

    @pytest.mark.parametrize(
        ("value", "flag"),
        [("4.00", "normal"), ("3.5", "normal"), ("5.3", "normal"), ("3.49", "low"), ("5.31", "high"), ("10.0", "high")],
    )
    def test_a_value_is_judged_by_the_range_reported_with_it(self, value: str, flag: lab.Flag) -> None:
        entered = result(measured(value).model_copy(update={"unit": "mg/dL"}))
        said = reported(found(value, flag).model_copy(update={"unit": "mg/dL"}))
        after(*self.STORY).when(entered).then(said)

    def test_a_value_without_a_range_is_unjudged(self) -> None:
        after(*self.STORY).when(result(measured("4.0", None, None))).then(
            reported(found("4.0", "unjudged", None, None))
        )

    @pytest.mark.parametrize(
        ("value", "flag"), [("2.5", "critical_low"), ("2.50", "critical_low"), ("6.0", "critical_high")]
    )
    def test_a_value_at_a_critical_limit_is_flagged(self, value: str, flag: lab.Flag) -> None:
        finding = found(value, flag)
        after(*self.STORY).when(result(measured(value))).then(reported(finding), flagged(finding))

    def test_a_critical_value_needs_no_range_of_the_laboratory(self) -> None:
        finding = found("6.1", "critical_high", None, None)
        after(*self.STORY).when(result(measured("6.1", None, None))).then(reported(finding), flagged(finding))

    def test_only_the_critical_findings_are_flagged(self) -> None:
        fine, grave = found("4.0", "normal"), found("7.0", "critical_high")
        after(*self.STORY).when(result(measured("4.0"), measured("7.0"))).then(reported(fine, grave), flagged(grave))

    def test_the_limits_are_those_in_force_when_the_result_was_made(self) -> None:
        a_day_later = result(measured("6.1"), n=86_400)
        after(*self.STORY).when(a_day_later).then(reported(found("6.1", "high")))


class TestReported:
    STORY = (ordered, cleared, collected, result(measured("4.0")))

    def test_a_second_result_is_irregular(self) -> None:
        again = result(measured("4.1"), n=31)
        after(*self.STORY).when(again).then(irregular(again, "already_reported"))

    def test_a_correction_is_the_second_version(self) -> None:
        after(*self.STORY).when(correction(measured("4.2"))).then(amended(2, found("4.2", "normal")))

    def test_a_further_correction_is_the_third_version(self) -> None:
        story = after(*self.STORY, correction(measured("4.2")))
        story.when(correction(measured("4.3"), n=41)).then(amended(3, found("4.3", "normal")))

    def test_a_correction_found_critical_is_flagged(self) -> None:
        grave = found("7.0", "critical_high")
        after(*self.STORY).when(correction(measured("7.0"))).then(amended(2, grave), flagged(grave))

    def test_a_correction_is_welcome_after_the_visit_was_cancelled(self) -> None:
        story = after(*self.STORY, visit_cancelled)
        story.when(correction(measured("4.2"))).then(amended(2, found("4.2", "normal")))


class TestFlagged:
    GRAVE = found("7.0", "critical_high")
    WORSE = found("8.0", "critical_high")
    STORY = (ordered, cleared, collected, result(measured("7.0")))
    OLD, NEW = flagging(ORDER, 1), flagging(ORDER, 2)

    def test_it_may_be_acknowledged(self) -> None:
        after(*self.STORY).when(acknowledged).then(acknowledged_fact)

    def test_it_escalates_when_nobody_acknowledges_it_in_time(self) -> None:
        after(*self.STORY).when_overdue().then(flagged(self.GRAVE, escalation=1))

    def test_it_escalates_a_third_time(self) -> None:
        story = after(*self.STORY).when_overdue().when_overdue()
        story.when_overdue().then(flagged(self.GRAVE, escalation=3))

    def test_it_does_not_escalate_a_fourth_time(self) -> None:
        story = after(*self.STORY).when_overdue().when_overdue().when_overdue()
        story.when_overdue().then_nothing()

    def test_it_may_be_acknowledged_after_it_escalated(self) -> None:
        after(*self.STORY).when_overdue().when(acknowledged).then(acknowledged_fact)

    def test_the_deadline_of_an_older_flagging_does_not_escalate_a_newer_one(self) -> None:
        after(*self.STORY, correction(measured("8.0"))).when_overdue(self.OLD).then_nothing()

    def test_the_newer_flagging_escalates_at_its_own_deadline(self) -> None:
        story = after(*self.STORY, correction(measured("8.0")))
        story.when_overdue(self.NEW).then(flagged(self.WORSE, escalation=1))

    def test_a_correction_found_not_critical_does_not_stop_its_alarm(self) -> None:
        story = after(*self.STORY, correction(measured("4.2")))
        story.when_overdue(self.OLD).then(flagged(self.GRAVE, escalation=1))

    def test_it_may_be_acknowledged_after_a_correction_found_it_not_critical(self) -> None:
        after(*self.STORY, correction(measured("4.2"))).when(acknowledged).then(acknowledged_fact)

    def test_a_newer_flagging_of_an_escalated_one_starts_afresh(self) -> None:
        story = after(*self.STORY).when_overdue().when(correction(measured("8.0")))
        story.then(amended(2, self.WORSE), flagged(self.WORSE))


class TestAcknowledged:
    STORY = (*TestFlagged.STORY, acknowledged)

    def test_it_does_not_escalate(self) -> None:
        after(*self.STORY).when_overdue().then_nothing()

    def test_it_is_not_acknowledged_twice(self) -> None:
        after(*self.STORY).when(acknowledged_again).then(irregular(acknowledged_again, "already_recorded"))

    def test_a_newly_flagged_version_must_be_acknowledged_itself(self) -> None:
        story = after(*self.STORY, correction(measured("8.0")))
        story.when_overdue(TestFlagged.NEW).then(flagged(TestFlagged.WORSE, escalation=1))

    def test_a_newly_flagged_version_may_be_acknowledged(self) -> None:
        story = after(*self.STORY, correction(measured("8.0")))
        story.when(acknowledged_again).then(fact(lab.CriticalValueAcknowledged, order=ORDER, action="Seen."))

    def test_an_acknowledgement_that_came_before_its_flag_is_taken_when_the_flag_comes(self) -> None:
        story = after(ordered, cleared, collected, acknowledged).when(result(measured("7.0")))
        story.then(reported(TestFlagged.GRAVE), flagged(TestFlagged.GRAVE), acknowledged_fact)
