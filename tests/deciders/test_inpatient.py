"""inpatient, told by its events: one class per state a stay can be in, one outcome per test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.inpatient.service import SERVICE
from shared.events import AnyEvent, billing, consultation, edge, examination, inpatient, lab, pharmacy, registration
from shared.events.base import Where, derive
from shared.events.edge_inpatient import TransferRequested
from tests.support.spec import ANOTHER_DAY, START, VISIT, Given, an_id, asked, fact, given, happened
from tests.support.stays import (
    ABOUT,
    ADMISSION,
    OTHER_WARD,
    SUMMARY,
    WARD,
    assigned,
    discharge,
    recorded,
    registered,
    service,
)

WISH = derive(ADMISSION, "wish", VISIT.id)
TODAY = START.date()
ELSEWHERE = Where(institution="H02", department="D01", terminal="T09", channel="window")
ORDER = an_id(900)
here = registered()
in_bed = assigned(WISH)
cancel = asked(edge.RegistrationCancellationRequested, 8)
cancelled = happened(registration.VisitCancelled, 9, causation=cancel.id)
cancel_refused = happened(registration.RegistrationRefused, 12, causation=cancel.id, code="proxy_revoked")
suspended = happened(registration.VisitSuspended, 6, code="card_suspended")
resumed = happened(registration.VisitResumed, 7)
LATER_WISH = resumed.derive("wish")
transfer = asked(TransferRequested, 40, ward="W2", reason="Needs a monitor.")
NEXT_WISH = transfer.derive("wish")
lies = (here, in_bed)
moving = (*lies, transfer)
nursing = service(31, kind="nursing", item="ward:nursing", display="Nursing")
given_one = (*lies, service())
SERVICE_ORDER = service().derive("service")
test_ordered = happened(
    consultation.LabTestOrdered, 20, order=ORDER, consultation=an_id(901), code="2823-3", display="K", specimen="serum"
)
image_ordered = happened(
    consultation.ExaminationOrdered,
    20,
    order=ORDER,
    consultation=an_id(901),
    code="24627-2",
    display="CT",
    modality="CT",
)
image_reported = happened(
    examination.ExaminationReported, 45, order=ORDER, examination="24627-2", display="CT", modality="CT", findings="",
    conclusion="Pneumonia",
)  # fmt: skip
prescribed = happened(
    consultation.MedicationPrescribed, 20, order=ORDER, consultation=an_id(901), prescription=an_id(902), line=1,
    code="J01CA04", display="Amoxicillin", quantity="1", unit="box", dosage="", days=3,
)  # fmt: skip


def after(*events: AnyEvent) -> Given:
    return given(SERVICE, *events)


def wanted(queue: str = WARD, wish: str = WISH) -> Any:
    return fact(inpatient.BedWanted, **ABOUT, queue=queue, wish=wish)


def vacated(queue: str = WARD, wish: str = WISH) -> Any:
    return fact(inpatient.BedVacated, **ABOUT, queue=queue, wish=wish)


def admitted(bed: str = "01", wish: str = WISH) -> Any:
    return fact(inpatient.PatientAdmitted, admission=ADMISSION, ward="W1", bed=bed, wish=wish, day=TODAY)


def irregular(act: Any, code: str) -> Any:
    return fact(inpatient.InpatientServiceIrregular, code=code, act=act, visit=act.visit, where=act.where)


def refused(code: str, *orders: str, **fields: Any) -> Any:
    return fact(inpatient.DischargeRefused, code=code, orders=list(orders), **fields)


def stays(code: str, **fields: Any) -> Any:
    return fact(inpatient.TransferRefused, code=code, **fields)


def to_settle(*orders: str) -> Any:
    return fact(inpatient.DischargeOrdered, orders=list(orders))


def home(n: int = 50) -> Any:
    return fact(inpatient.PatientDischarged, admitted=TODAY, day=TODAY, summary=SUMMARY)


def cleared(order: str, n: int = 60) -> Any:
    return happened(billing.OrderCleared, n, order=order, how="paid")


class TestBeforeTheVisit:
    def test_a_registered_stay_wants_a_bed_of_its_ward(self) -> None:
        after().when(here).then(wanted())

    def test_a_visit_of_another_kind_wants_none(self) -> None:
        after().when(registered(kind="outpatient", admission=None, ward=None)).then_nothing()

    def test_something_given_waits_for_the_admission(self) -> None:
        after().when(service()).then_held("not_admitted")

    def test_a_discharge_waits_for_the_admission(self) -> None:
        after().when(discharge()).then_held("not_admitted")

    def test_something_given_without_an_admission_is_irregular(self) -> None:
        after(service()).when_overdue().then(irregular(service(), "not_admitted"))

    def test_a_discharge_without_an_admission_is_refused(self) -> None:
        after(discharge()).when_overdue().then(refused("not_admitted"))

    def test_a_bed_nobody_wanted_admits_nobody(self) -> None:
        after().when(in_bed).then_nothing()


class TestAVisitThatWaitsForABed:
    def test_its_bed_admits_it(self) -> None:
        after(here).when(in_bed).then(admitted())

    def test_a_bed_of_another_wish_does_not(self) -> None:
        after(here).when(assigned(an_id(77))).then_nothing()

    def test_something_given_before_is_recorded_then(self) -> None:
        after(here, service()).when(in_bed).then(admitted(), recorded(service()))

    def test_cancelled_it_wants_no_bed_any_more(self) -> None:
        after(here, cancel).when(cancelled).then(vacated())

    def test_a_bed_that_comes_after_the_cancellation_admits_nobody(self) -> None:
        after(here, cancel, cancelled).when(in_bed).then_nothing()

    def test_a_bed_waits_for_the_verdict_on_a_cancellation(self) -> None:
        after(here, cancel).when(in_bed).then_nothing()

    def test_it_is_admitted_once_the_cancellation_is_refused(self) -> None:
        after(here, cancel, in_bed).when(cancel_refused).then(admitted())

    def test_a_bed_that_waited_is_given_back_with_the_cancellation(self) -> None:
        after(here, cancel, in_bed).when(cancelled).then(vacated())

    def test_something_given_in_a_cancelled_visit_is_irregular_at_once(self) -> None:
        after(here, cancel, cancelled).when(service()).then(irregular(service(), "visit_cancelled"))

    def test_a_cancelled_visit_is_not_discharged(self) -> None:
        after(here, cancel, cancelled).when(discharge()).then(refused("visit_cancelled"))


class TestASuspendedCard:
    waits = (here, suspended)

    def test_a_stay_that_waits_wants_no_bed_meanwhile(self) -> None:
        after(here).when(suspended).then(vacated())

    def test_a_bed_given_meanwhile_admits_nobody(self) -> None:
        after(*self.waits).when(in_bed).then_nothing()

    def test_resumed_it_wants_a_bed_of_the_same_ward_again(self) -> None:
        after(*self.waits).when(resumed).then(wanted(wish=LATER_WISH))

    def test_the_bed_of_that_wish_admits_it(self) -> None:
        after(*self.waits, resumed).when(assigned(LATER_WISH, 20)).then(admitted(wish=LATER_WISH))

    def test_a_bed_of_the_wish_before_does_not(self) -> None:
        after(*self.waits, resumed).when(in_bed).then_nothing()

    def test_suspended_again_it_waits_again(self) -> None:
        again = happened(registration.VisitSuspended, 8, code="card_suspended")
        after(*self.waits, resumed).when(again).then(vacated(wish=LATER_WISH))

    def test_cancelled_meanwhile_it_wants_none_ever(self) -> None:
        after(*self.waits, cancel).when(cancelled).then_nothing()
        after(*self.waits, cancel, cancelled).when(resumed).then_nothing()

    def test_a_bed_that_waits_for_a_verdict_is_given_back(self) -> None:
        after(here, cancel, in_bed).when(suspended).then(vacated())
        after(here, cancel, in_bed, suspended).when(cancel_refused).then_nothing()

    def test_a_patient_in_bed_is_cared_for_and_may_go(self) -> None:
        after(*lies).when(suspended).then_nothing()
        after(*lies, suspended).when(service()).then(recorded(service()))
        after(*lies, suspended).when(discharge()).then(home(), vacated())

    def test_a_transfer_that_is_under_way_goes_on(self) -> None:
        moved = fact(inpatient.PatientTransferred, ward="W2", bed="01", from_ward="W1", from_bed="01", wish=NEXT_WISH)
        after(*moving).when(suspended).then_nothing()
        after(*moving, suspended).when(assigned(NEXT_WISH, 42, OTHER_WARD)).then(moved, vacated())


class TestAPatientInBed:
    def test_the_same_bed_said_again_changes_nothing(self) -> None:
        after(*lies).when(assigned(WISH, 12)).then_nothing()

    def test_another_bed_of_the_ward_moves_the_patient(self) -> None:
        moved = fact(inpatient.PatientTransferred, ward="W1", bed="02", from_ward="W1", from_bed="01", wish=WISH)
        after(*lies).when(assigned(WISH, 12, bed="02")).then(moved)

    def test_what_is_given_is_recorded(self) -> None:
        after(*lies).when(service()).then(recorded(service()))

    def test_a_day_in_bed_counts_once(self) -> None:
        after(*given_one).when(service(32)).then(irregular(service(32), "already_recorded"))

    def test_nursing_may_be_given_twice_a_day(self) -> None:
        again = service(32, kind="nursing", item="ward:nursing")
        after(*lies, nursing).when(again).then(recorded(again))

    @pytest.mark.parametrize("days", [-1, 1])
    def test_a_day_before_the_admission_or_after_the_report_is_irregular(self, days: int) -> None:
        act = service(day=TODAY + timedelta(days=days))
        after(*lies).when(act).then(irregular(act, "day_out_of_stay"))

    def test_another_hospitals_service_is_irregular(self) -> None:
        act = service(where=ELSEWHERE)
        after(*lies).when(act).then(irregular(act, "other_institution"))

    def test_a_service_that_names_another_day_of_the_visit_is_irregular(self) -> None:
        act = service(visit=ANOTHER_DAY)
        after(*lies).when(act).then(irregular(act, "visit_mismatch"))


class TestATransfer:
    def test_it_wants_a_bed_of_the_other_ward(self) -> None:
        ordered = fact(inpatient.TransferOrdered, ward="W2", wish=NEXT_WISH, reason="Needs a monitor.")
        after(*lies).when(transfer).then(ordered, wanted(OTHER_WARD, NEXT_WISH))

    def test_it_waits_for_the_admission(self) -> None:
        after(here).when(transfer).then_held("not_admitted")

    def test_without_an_admission_it_is_refused(self) -> None:
        after(here, transfer).when_overdue().then(stays("not_admitted"))

    def test_to_the_own_ward_it_is_refused(self) -> None:
        after(*lies).when(asked(TransferRequested, 41, ward="W1")).then(stays("already_in_ward"))

    def test_asked_again_it_is_refused(self) -> None:
        after(*moving).when(asked(TransferRequested, 41, ward="W2")).then(stays("transfer_ordered"))

    def test_to_a_third_ward_it_takes_back_the_wish_before(self) -> None:
        third = asked(TransferRequested, 41, ward="W3")
        after(*moving).when(third).then(
            fact(inpatient.TransferOrdered, ward="W3", wish=third.derive("wish")),
            vacated(OTHER_WARD, NEXT_WISH),
            wanted(OTHER_WARD.replace("W2", "W3"), third.derive("wish")),
        )

    def test_another_hospital_moves_nobody(self) -> None:
        act = asked(TransferRequested, 41, ward="W2", where=ELSEWHERE)
        after(*lies).when(act).then(stays("other_institution", where=ELSEWHERE))

    def test_the_new_bed_frees_the_old_one(self) -> None:
        moved = fact(inpatient.PatientTransferred, ward="W2", bed="01", from_ward="W1", from_bed="01", wish=NEXT_WISH)
        after(*moving).when(assigned(NEXT_WISH, 42, OTHER_WARD)).then(moved, vacated())

    def test_a_bed_for_a_wish_that_was_taken_back_moves_nobody(self) -> None:
        third = asked(TransferRequested, 41, ward="W3")
        after(*moving, third).when(assigned(NEXT_WISH, 42, OTHER_WARD)).then_nothing()

    def test_the_old_bed_said_late_moves_nobody_back(self) -> None:
        there = assigned(NEXT_WISH, 42, OTHER_WARD)
        after(*moving, there).when(assigned(WISH, 43, bed="02")).then_nothing()

    def test_a_discharge_takes_back_the_wish_too(self) -> None:
        after(*moving).when(discharge()).then(home(), vacated(), vacated(OTHER_WARD, NEXT_WISH))


class TestADischarge:
    def test_with_nothing_given_the_patient_goes_home(self) -> None:
        after(*lies).when(discharge()).then(home(), vacated())

    def test_without_a_summary_it_is_refused(self) -> None:
        after(*lies).when(discharge(summary=None)).then(refused("no_summary"))

    def test_another_hospital_discharges_nobody(self) -> None:
        after(*lies).when(discharge(where=ELSEWHERE)).then(refused("other_institution", where=ELSEWHERE))

    def test_it_orders_the_settlement_and_waits_for_it(self) -> None:
        story = after(*given_one).when(discharge())
        assert story.stream.held[-1].code == "not_settled"
        assert to_settle(SERVICE_ORDER) in story.said

    def test_once_all_is_cleared_the_patient_goes_home(self) -> None:
        after(*given_one, discharge()).when(cleared(SERVICE_ORDER)).then(home(), vacated())

    def test_what_was_not_settled_in_time_is_named_in_the_refusal(self) -> None:
        after(*given_one, discharge()).when_overdue().then(refused("not_settled", SERVICE_ORDER))

    def test_settlement_is_ordered_once(self) -> None:
        after(*given_one, discharge()).when(discharge(51)).then_held("not_settled")

    def test_what_was_given_since_is_ordered_by_the_next_request(self) -> None:
        story = after(*given_one, discharge(), nursing).when(discharge(51))
        assert to_settle(nursing.derive("service")) in story.said

    def test_a_treat_first_patient_goes_home_and_the_bill_comes(self) -> None:
        after(registered(treat_first=True), in_bed, service()).when(discharge()).then(
            to_settle(SERVICE_ORDER), home(), vacated()
        )

    def test_a_long_stay_is_settled_in_bills_of_sixty_lines(self) -> None:
        much = [service(100 + n, kind="nursing", item="ward:nursing") for n in range(61)]
        story = after(*lies, *much).when(discharge())
        parts = [one.orders for one in story.said if isinstance(one, inpatient.DischargeOrdered)]
        assert [len(part) for part in parts] == [60, 1]

    @pytest.mark.parametrize("order", [test_ordered, image_ordered, prescribed])
    def test_it_waits_for_an_open_order(self, order: Any) -> None:
        after(*lies, order).when(discharge()).then_held("open_orders")

    def test_an_order_still_open_is_named_in_the_refusal(self) -> None:
        after(*lies, test_ordered, discharge()).when_overdue().then(refused("open_orders", ORDER))

    @pytest.mark.parametrize(
        ("order", "end"),
        [
            (test_ordered, happened(lab.OrderCancelled, 45, order=ORDER)),
            (prescribed, happened(pharmacy.OrderCancelled, 45, order=ORDER)),
            (image_ordered, happened(examination.OrderCancelled, 45, order=ORDER)),
            (image_ordered, image_reported),
            (
                prescribed,
                happened(pharmacy.PrescriptionReturned, 45, prescription=an_id(902), orders=[ORDER], reason=""),
            ),
            (test_ordered, happened(billing.ChargeLapsed, 45, charge=ORDER, order=ORDER, bill=ORDER, amount=5)),
        ],
    )
    def test_an_order_that_ends_lets_the_patient_go(self, order: Any, end: Any) -> None:
        after(*lies, order, discharge()).when(end).then(home(), vacated())


class TestAPatientWhoWentHome:
    went = (*lies, discharge())

    def test_is_not_discharged_twice(self) -> None:
        after(*self.went).when(discharge(51)).then(refused("already_discharged"))

    def test_gets_nothing_more(self) -> None:
        after(*self.went).when(service(60)).then(irregular(service(60), "already_discharged"))

    def test_is_not_transferred(self) -> None:
        after(*self.went).when(asked(TransferRequested, 61, ward="W2")).then(stays("already_discharged"))

    def test_is_in_no_bed_any_more(self) -> None:
        after(*self.went).when(assigned(WISH, 62, bed="02")).then_nothing()
