"""examination, told by its events: one class per state an order can be in, one outcome per test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.examination.service import SERVICE
from shared.critical import flagging
from shared.events import Event, billing, consultation, edge, edge_rooms, examination, registration
from shared.events.base import Where
from tests.support.spec import ANOTHER_DAY, START, Given, an_id, asked, fact, given, happened

ORDER, CONSULTATION, CHARGE, BILL = an_id(900), an_id(902), an_id(903), an_id(904)
ELSEWHERE = Where(institution="H02", department="D01", terminal="T09", channel="window")
SCAN = {"code": "24627-2", "display": "CT Chest"}
IMAGE, SECOND_IMAGE = "1.2.840.1.1", "1.2.840.1.2"
GRAVE, WORSE = "Pulmonary embolism", "Aortic dissection"
FINE = {"findings": "Lungs clear.", "conclusion": "Nothing found."}
AFTERNOON, EVENING = START + timedelta(hours=5), START + timedelta(hours=10)

ordered = happened(consultation.ExaminationOrdered, 1, order=ORDER, consultation=CONSULTATION, modality="CT", **SCAN)
ordered_treat_first = happened(
    consultation.ExaminationOrdered, 1, order=ORDER, consultation=CONSULTATION, modality="CT", treat_first=True, **SCAN
)
cleared = happened(billing.OrderCleared, 2, order=ORDER, how="paid")
lapsed = happened(billing.ChargeLapsed, 3, charge=CHARGE, order=ORDER, bill=BILL, amount=500)
visit_cancelled = happened(registration.VisitCancelled, 4)
suspended = happened(registration.VisitSuspended, 5, code="card_suspended")
resumed = happened(registration.VisitResumed, 6)
cancel = asked(edge.OrderCancellationRequested, 10, kind="examination", order=ORDER)
schedule = asked(edge_rooms.ExaminationScheduleRequested, 15, order=ORDER, at=AFTERNOON, room="CT2")
performed = happened(edge_rooms.ExaminationPerformed, 20, order=ORDER, modality="CT", image=IMAGE)
performed_again = happened(edge_rooms.ExaminationPerformed, 21, order=ORDER, modality="CT", image=IMAGE)
acknowledged = happened(edge_rooms.CriticalFindingAcknowledgementReported, 60, order=ORDER, action="Anticoagulated.")
acknowledged_again = happened(edge_rooms.CriticalFindingAcknowledgementReported, 61, order=ORDER, action="Seen.")

scheduled_fact = fact(examination.ExaminationScheduled, order=ORDER, at=AFTERNOON, room="CT2")
completed_fact = fact(examination.ExaminationCompleted, order=ORDER, modality="CT", image=IMAGE, **SCAN)
cancelled_fact = fact(examination.OrderCancelled, order=ORDER)
acknowledged_fact = fact(examination.CriticalFindingAcknowledged, order=ORDER, action="Anticoagulated.")


def report(n: int = 30, **fields: Any) -> Any:
    return happened(edge_rooms.ExaminationReportEntered, n, order=ORDER, **{**FINE, **fields})


def correction(n: int = 40, **fields: Any) -> Any:
    said = {"reason": "Read again.", **FINE, **fields}
    return happened(edge_rooms.ExaminationReportCorrected, n, order=ORDER, **said)


def reported(**fields: Any) -> Any:
    return fact(examination.ExaminationReported, order=ORDER, **_read(**fields))


def amended(version: int, **fields: Any) -> Any:
    said = _read(**fields)
    return fact(examination.ExaminationAmended, order=ORDER, version=version, reason="Read again.", **said)


def _read(**fields: Any) -> dict[str, Any]:
    about = {"examination": SCAN["code"], "display": SCAN["display"], "modality": "CT", "image": IMAGE}
    return {**about, **FINE, **fields}


def flagged(finding: str = GRAVE, escalation: int = 0) -> Any:
    return fact(examination.CriticalFindingFlagged, order=ORDER, finding=finding, escalation=escalation)


def irregular(act: Any, code: str) -> Any:
    said: dict[str, Any] = {"code": code, "act": act, "visit": act.visit, "where": act.where}
    if isinstance(act, edge_rooms.ExaminationPerformed):
        return fact(examination.ExaminationIrregular, **said)
    if isinstance(act, edge_rooms.CriticalFindingAcknowledgementReported):
        return fact(examination.FindingAcknowledgementIrregular, **said)
    return fact(examination.ExaminationReportIrregular, **said)


def refused(code: str, **fields: Any) -> Any:
    return fact(examination.CancellationRefused, order=ORDER, code=code, **fields)


def no_time(code: str, **fields: Any) -> Any:
    return fact(examination.ExaminationScheduleRefused, order=ORDER, code=code, **fields)


def after(*events: Event) -> Given:
    return given(SERVICE, *events)


class TestBeforeTheOrderIsSeen:
    def test_a_time_waits_for_the_order(self) -> None:
        after().when(schedule).then_held("order_not_seen")

    def test_a_time_that_waited_is_given_when_the_order_comes(self) -> None:
        after(schedule).when(ordered).then(scheduled_fact)

    def test_a_time_whose_order_never_came_is_refused(self) -> None:
        after(schedule).when_overdue().then(no_time("order_not_seen"))

    def test_an_examination_waits_for_the_order(self) -> None:
        after().when(performed).then_held("order_not_seen")

    def test_an_examination_whose_order_never_came_is_irregular(self) -> None:
        after(performed).when_overdue().then(irregular(performed, "order_not_seen"))

    def test_an_examination_that_waited_for_the_order_waits_for_its_clearing(self) -> None:
        after(performed).when(ordered).then_held("not_cleared")

    def test_a_report_waits_for_the_order(self) -> None:
        after().when(report()).then_held("order_not_seen")

    def test_a_report_whose_order_never_came_is_irregular(self) -> None:
        entered = report()
        after(entered).when_overdue().then(irregular(entered, "order_not_seen"))

    def test_a_correction_waits_for_the_report(self) -> None:
        after().when(correction()).then_held("result_not_seen")

    def test_a_cancellation_waits_for_the_order(self) -> None:
        after().when(cancel).then_held("order_not_seen")

    def test_a_cancellation_whose_order_never_came_is_refused(self) -> None:
        after(cancel).when_overdue().then(refused("order_not_seen"))

    def test_a_cancellation_that_waited_cancels_the_order(self) -> None:
        after(cancel).when(ordered).then(cancelled_fact)

    def test_a_cancellation_of_another_kind_is_not_examinations_to_answer(self) -> None:
        after().when(asked(edge.OrderCancellationRequested, 10, kind="lab_test", order=ORDER)).then_nothing()

    def test_a_time_in_a_cancelled_visit_is_refused_at_once(self) -> None:
        after(visit_cancelled).when(schedule).then(no_time("visit_cancelled"))

    def test_an_examination_of_a_cancelled_visit_is_irregular_at_once(self) -> None:
        after(visit_cancelled).when(performed).then(irregular(performed, "visit_cancelled"))

    def test_an_examination_that_waits_is_irregular_as_soon_as_the_visit_is_cancelled(self) -> None:
        after(performed).when(visit_cancelled).then(irregular(performed, "visit_cancelled"))


class TestOrdered:
    def test_it_gets_a_time_before_it_is_cleared(self) -> None:
        after(ordered).when(schedule).then(scheduled_fact)

    def test_it_may_get_another_time(self) -> None:
        later = asked(edge_rooms.ExaminationScheduleRequested, 16, order=ORDER, at=EVENING)
        after(ordered, schedule).when(later).then(fact(examination.ExaminationScheduled, order=ORDER, at=EVENING))

    def test_a_time_that_is_over_is_refused(self) -> None:
        late = asked(edge_rooms.ExaminationScheduleRequested, 15, order=ORDER, at=START + timedelta(seconds=14))
        after(ordered).when(late).then(no_time("appointment_past"))

    def test_a_time_at_this_very_moment_is_given(self) -> None:
        now = START + timedelta(seconds=15)
        at_once = asked(edge_rooms.ExaminationScheduleRequested, 15, order=ORDER, at=now)
        after(ordered).when(at_once).then(fact(examination.ExaminationScheduled, order=ORDER, at=now))

    def test_another_institution_gets_it_no_time(self) -> None:
        foreign = asked(edge_rooms.ExaminationScheduleRequested, 15, order=ORDER, at=AFTERNOON, where=ELSEWHERE)
        after(ordered).when(foreign).then(no_time("other_institution", where=ELSEWHERE))

    def test_an_examination_waits_for_the_clearing(self) -> None:
        after(ordered).when(performed).then_held("not_cleared")

    def test_an_examination_that_waited_is_completed_when_the_order_is_cleared(self) -> None:
        after(ordered, performed).when(cleared).then(completed_fact)

    def test_an_examination_never_cleared_is_irregular(self) -> None:
        after(ordered, performed).when_overdue().then(irregular(performed, "not_cleared"))

    def test_a_treat_first_examination_needs_no_clearing(self) -> None:
        after(ordered_treat_first).when(performed).then(completed_fact)

    def test_a_report_waits_for_the_examination(self) -> None:
        after(ordered).when(report()).then_held("not_performed")

    def test_a_report_without_an_examination_is_irregular(self) -> None:
        entered = report()
        after(ordered, entered).when_overdue().then(irregular(entered, "not_performed"))

    def test_it_may_be_cancelled(self) -> None:
        after(ordered).when(cancel).then(cancelled_fact)

    def test_it_may_be_cancelled_after_it_got_a_time(self) -> None:
        after(ordered, schedule).when(cancel).then(cancelled_fact)

    def test_it_is_not_cancelled_from_another_institution(self) -> None:
        foreign = asked(edge.OrderCancellationRequested, 10, kind="examination", order=ORDER, where=ELSEWHERE)
        after(ordered).when(foreign).then(refused("other_institution", where=ELSEWHERE))

    def test_a_held_examination_is_irregular_once_the_order_is_cancelled(self) -> None:
        after(ordered, performed).when(cancel).then(cancelled_fact, irregular(performed, "order_cancelled"))

    def test_a_held_examination_is_irregular_once_the_charge_lapses(self) -> None:
        after(ordered, performed).when(lapsed).then(irregular(performed, "order_lapsed"))


class TestAnotherDayThanTheVisits:
    """Every fact repeats what its request names, so a request that names the visit wrongly gets no other fact."""

    PERFORMED = happened(edge_rooms.ExaminationPerformed, 20, order=ORDER, modality="CT", visit=ANOTHER_DAY)
    ACTS = (
        PERFORMED,
        report(visit=ANOTHER_DAY),
        correction(visit=ANOTHER_DAY),
        happened(edge_rooms.CriticalFindingAcknowledgementReported, 60, order=ORDER, action="Seen.", visit=ANOTHER_DAY),
    )

    @pytest.mark.parametrize("act", ACTS)
    def test_an_act_that_names_it_is_irregular_at_once(self, act: Any) -> None:
        after(ordered, cleared).when(act).then(irregular(act, "visit_mismatch"))

    def test_a_time_asked_for_it_is_refused(self) -> None:
        misnamed = asked(edge_rooms.ExaminationScheduleRequested, 15, order=ORDER, at=AFTERNOON, visit=ANOTHER_DAY)
        after(ordered).when(misnamed).then(no_time("visit_mismatch", visit=ANOTHER_DAY))

    def test_a_cancellation_that_names_it_is_refused(self) -> None:
        misnamed = asked(edge.OrderCancellationRequested, 10, kind="examination", order=ORDER, visit=ANOTHER_DAY)
        after(ordered).when(misnamed).then(refused("visit_mismatch", visit=ANOTHER_DAY))

    def test_a_cancellation_of_another_kind_that_names_it_is_not_examinations_to_answer(self) -> None:
        other = asked(edge.OrderCancellationRequested, 10, kind="medication", order=ORDER, visit=ANOTHER_DAY)
        after(ordered).when(other).then_nothing()

    def test_an_act_that_waited_for_the_order_is_irregular_when_it_comes(self) -> None:
        after(self.PERFORMED).when(ordered).then(irregular(self.PERFORMED, "visit_mismatch"))


class TestSuspended:
    """The card may not be used: nothing is begun, and what was begun is finished."""

    STORY = (ordered, cleared, suspended)

    def test_it_gets_no_time(self) -> None:
        after(*self.STORY).when(schedule).then(no_time("visit_suspended"))

    def test_an_examination_is_irregular(self) -> None:
        after(*self.STORY).when(performed).then(irregular(performed, "visit_suspended"))

    def test_an_examination_that_waits_is_irregular_as_soon_as_the_visit_is_suspended(self) -> None:
        after(ordered, performed).when(suspended).then(irregular(performed, "visit_suspended"))

    def test_the_report_of_an_examination_made_before_is_taken(self) -> None:
        after(ordered, cleared, performed, suspended).when(report()).then(reported())

    def test_it_may_be_cancelled(self) -> None:
        after(*self.STORY).when(cancel).then(cancelled_fact)

    def test_resumed_it_is_made(self) -> None:
        after(*self.STORY, resumed).when(performed).then(completed_fact)


class TestCleared:
    def test_an_examination_is_completed(self) -> None:
        after(ordered, cleared).when(performed).then(completed_fact)

    def test_a_repeated_examination_says_nothing(self) -> None:
        after(ordered, cleared, performed).when(performed).then_nothing()

    def test_an_examination_needs_no_image(self) -> None:
        traced = happened(edge_rooms.ExaminationPerformed, 20, order=ORDER, modality="CT")
        after(ordered, cleared).when(traced).then(
            fact(examination.ExaminationCompleted, order=ORDER, modality="CT", **SCAN)
        )

    def test_an_examination_on_a_device_of_another_modality_is_irregular(self) -> None:
        resonance = happened(edge_rooms.ExaminationPerformed, 20, order=ORDER, modality="MR")
        after(ordered, cleared).when(resonance).then(irregular(resonance, "modality_mismatch"))

    def test_an_examination_made_at_another_institution_is_irregular(self) -> None:
        foreign = happened(edge_rooms.ExaminationPerformed, 20, order=ORDER, modality="CT", where=ELSEWHERE)
        after(ordered, cleared).when(foreign).then(irregular(foreign, "other_institution"))


class TestCancelled:
    def test_it_gets_no_time(self) -> None:
        after(ordered, cancel).when(schedule).then(no_time("order_cancelled"))

    def test_an_examination_is_irregular(self) -> None:
        after(ordered, cleared, cancel).when(performed).then(irregular(performed, "order_cancelled"))

    def test_it_is_not_cancelled_twice(self) -> None:
        again = asked(edge.OrderCancellationRequested, 11, kind="examination", order=ORDER)
        after(ordered, cancel).when(again).then(refused("order_cancelled"))

    def test_it_stays_cancelled_when_its_charge_lapses(self) -> None:
        after(ordered, cancel, lapsed).when(performed).then(irregular(performed, "order_cancelled"))

    def test_a_report_is_irregular_at_once(self) -> None:
        entered = report()
        after(ordered, cancel).when(entered).then(irregular(entered, "order_cancelled"))

    def test_a_report_that_waited_for_the_examination_is_irregular_with_the_cancellation(self) -> None:
        entered = report()
        after(ordered, entered).when(cancel).then(cancelled_fact, irregular(entered, "order_cancelled"))


class TestLapsed:
    def test_it_gets_no_time(self) -> None:
        after(ordered, lapsed).when(schedule).then(no_time("order_lapsed"))

    def test_an_examination_is_irregular(self) -> None:
        after(ordered, lapsed).when(performed).then(irregular(performed, "order_lapsed"))

    def test_it_can_not_be_cancelled(self) -> None:
        after(ordered, lapsed).when(cancel).then(refused("order_lapsed"))

    def test_a_report_is_irregular_at_once(self) -> None:
        entered = report()
        after(ordered, lapsed).when(entered).then(irregular(entered, "order_lapsed"))


class TestPerformed:
    STORY = (ordered, cleared, performed)

    def test_it_gets_no_time_any_more(self) -> None:
        after(*self.STORY).when(schedule).then(no_time("already_performed"))

    def test_a_second_examination_is_irregular(self) -> None:
        after(*self.STORY).when(performed_again).then(irregular(performed_again, "already_performed"))

    def test_it_can_not_be_cancelled(self) -> None:
        after(*self.STORY).when(cancel).then(refused("already_performed"))

    def test_its_report_names_the_image_that_was_made(self) -> None:
        after(*self.STORY).when(report()).then(reported())

    def test_its_report_may_name_another_image(self) -> None:
        after(*self.STORY).when(report(image=SECOND_IMAGE)).then(reported(image=SECOND_IMAGE))

    def test_its_report_may_come_from_another_institution(self) -> None:
        after(*self.STORY).when(report(where=ELSEWHERE)).then(reported(where=ELSEWHERE))

    def test_its_report_is_taken_after_the_charge_lapsed(self) -> None:
        after(*self.STORY, lapsed).when(report()).then(reported())

    def test_a_report_with_a_critical_finding_is_flagged(self) -> None:
        after(*self.STORY).when(report(critical=GRAVE)).then(reported(critical=GRAVE), flagged())

    def test_a_correction_waits_for_the_report(self) -> None:
        after(*self.STORY).when(correction()).then_held("result_not_seen")

    def test_a_correction_without_a_report_is_irregular(self) -> None:
        corrected = correction()
        after(*self.STORY, corrected).when_overdue().then(irregular(corrected, "result_not_seen"))

    def test_an_acknowledgement_without_a_critical_finding_waits(self) -> None:
        after(*self.STORY).when(acknowledged).then_held("critical_not_seen")

    def test_an_acknowledgement_of_nothing_critical_is_irregular(self) -> None:
        after(*self.STORY, acknowledged).when_overdue().then(irregular(acknowledged, "critical_not_seen"))


class TestReported:
    STORY = (ordered, cleared, performed, report())

    def test_a_second_report_is_irregular(self) -> None:
        again = report(n=31)
        after(*self.STORY).when(again).then(irregular(again, "already_reported"))

    def test_a_correction_is_the_second_version(self) -> None:
        after(*self.STORY).when(correction(conclusion="A nodule.")).then(amended(2, conclusion="A nodule."))

    def test_a_further_correction_is_the_third_version(self) -> None:
        story = after(*self.STORY, correction())
        story.when(correction(n=41, conclusion="A nodule.")).then(amended(3, conclusion="A nodule."))

    def test_a_correction_without_an_image_keeps_that_of_the_report(self) -> None:
        story = after(ordered, cleared, performed, report(image=SECOND_IMAGE))
        story.when(correction()).then(amended(2, image=SECOND_IMAGE))

    def test_a_correction_found_critical_is_flagged(self) -> None:
        after(*self.STORY).when(correction(critical=GRAVE)).then(amended(2, critical=GRAVE), flagged())

    def test_a_correction_is_welcome_after_the_visit_was_cancelled(self) -> None:
        after(*self.STORY, visit_cancelled).when(correction()).then(amended(2))


class TestFlagged:
    STORY = (ordered, cleared, performed, report(critical=GRAVE))
    OLD, NEW = flagging(ORDER, 1), flagging(ORDER, 2)

    def test_it_may_be_acknowledged(self) -> None:
        after(*self.STORY).when(acknowledged).then(acknowledged_fact)

    def test_it_escalates_when_nobody_acknowledges_it_in_time(self) -> None:
        after(*self.STORY).when_overdue().then(flagged(escalation=1))

    def test_it_escalates_a_third_time(self) -> None:
        story = after(*self.STORY).when_overdue().when_overdue()
        story.when_overdue().then(flagged(escalation=3))

    def test_it_does_not_escalate_a_fourth_time(self) -> None:
        story = after(*self.STORY).when_overdue().when_overdue().when_overdue()
        story.when_overdue().then_nothing()

    def test_it_may_be_acknowledged_after_it_escalated(self) -> None:
        after(*self.STORY).when_overdue().when(acknowledged).then(acknowledged_fact)

    def test_the_deadline_of_an_older_flagging_does_not_escalate_a_newer_one(self) -> None:
        after(*self.STORY, correction(critical=WORSE)).when_overdue(self.OLD).then_nothing()

    def test_the_newer_flagging_escalates_at_its_own_deadline(self) -> None:
        story = after(*self.STORY, correction(critical=WORSE))
        story.when_overdue(self.NEW).then(flagged(WORSE, escalation=1))

    def test_a_correction_found_not_critical_does_not_stop_its_alarm(self) -> None:
        after(*self.STORY, correction()).when_overdue(self.OLD).then(flagged(escalation=1))

    def test_it_may_be_acknowledged_after_a_correction_found_it_not_critical(self) -> None:
        after(*self.STORY, correction()).when(acknowledged).then(acknowledged_fact)

    def test_a_newer_flagging_of_an_escalated_one_starts_afresh(self) -> None:
        story = after(*self.STORY).when_overdue().when(correction(critical=WORSE))
        story.then(amended(2, critical=WORSE), flagged(WORSE))


class TestAcknowledged:
    STORY = (*TestFlagged.STORY, acknowledged)

    def test_it_does_not_escalate(self) -> None:
        after(*self.STORY).when_overdue().then_nothing()

    def test_it_is_not_acknowledged_twice(self) -> None:
        after(*self.STORY).when(acknowledged_again).then(irregular(acknowledged_again, "already_recorded"))

    def test_a_newly_flagged_version_must_be_acknowledged_itself(self) -> None:
        story = after(*self.STORY, correction(critical=WORSE))
        story.when_overdue(TestFlagged.NEW).then(flagged(WORSE, escalation=1))

    def test_a_newly_flagged_version_may_be_acknowledged(self) -> None:
        story = after(*self.STORY, correction(critical=WORSE))
        story.when(acknowledged_again).then(fact(examination.CriticalFindingAcknowledged, order=ORDER, action="Seen."))

    def test_an_acknowledgement_that_came_before_its_flag_is_taken_when_the_flag_comes(self) -> None:
        story = after(ordered, cleared, performed, acknowledged).when(report(critical=GRAVE))
        story.then(reported(critical=GRAVE), flagged(), acknowledged_fact)
