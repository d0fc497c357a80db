"""A stay from its order to its bill: what consultation, registration and billing have to do with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.billing.service import SERVICE as BILLING
from services.consultation.service import SERVICE as CONSULTATION
from services.registration.service import SERVICE as REGISTRATION
from shared.events import AnyEvent, beds, billing, consultation, edge, inpatient
from shared.events.base import Visit, Where, derive
from shared.events.edge import RegistrationCancellationRequested, RegistrationRequested, VisitCloseRequested
from shared.events.registration import CloseRefused, OpenItem, RegistrationRefused, VisitCancelled, VisitRegistered
from shared.reference import Reference
from shared.reference.data import Dated
from tests.support.spec import START, Given, an_id, asked, fact, given, happened
from tests.support.stays import (
    ADMISSION,
    FIRST_DAY,
    SUMMARY,
    WARD,
    WISH,
    admission_ordered,
    recorded,
    registered,
    service,
)

ELSEWHERE = Where(institution="H02", department="D01", terminal="T09", channel="window")
PRICES = Dated.of((item, FIRST_DAY, fen) for item, fen in {"reg:inpatient": 0, "ward:bed-day": 4000}.items())
PRICED = Reference(prices=PRICES)
FREE = replace(PRICED, prices=Dated.of([("ward:bed-day", FIRST_DAY, 0)]))


def request(n: int = 0, **fields: Any) -> Any:
    """A registration that becomes visit `an_id(n)`; the first is the example visit."""
    day = fields.get("date", START.date())
    usual = {"kind": "inpatient", "department": "D01", "session": "morning", "date": day, "admission": ADMISSION}
    return asked(RegistrationRequested, n, **{**usual, "visit": Visit(id=an_id(n), date=day), **fields})


def opened(of: Any, **fields: Any) -> Any:
    same = {name: getattr(of, name) for name in ("visit", "where", "kind", "department", "session", "date")}
    return fact(VisitRegistered, **{**same, "admission": ADMISSION, "ward": "W1", **fields})


def refused(code: str, of: Any, **fields: Any) -> Any:
    return fact(RegistrationRefused, **{"code": code, "visit": of.visit, "where": of.where, **fields})


def after(*events: AnyEvent) -> Given:
    return given(REGISTRATION, *events)


ordered = admission_ordered()
cancel = asked(RegistrationCancellationRequested, 60)
close = asked(VisitCloseRequested, 70)
in_bed = happened(beds.BedAssigned, 20, queue=WARD, bed="01", wish=WISH)
went_home = happened(inpatient.PatientDischarged, 50, admitted=START.date(), day=START.date(), summary=SUMMARY)
billed = happened(
    billing.BillSettled, 51, bill=an_id(960), total=0, own_share=0,
    lines=[billing.BillLine(charge=an_id(961), order=an_id(0), amount=0, own_share=0)],
)  # fmt: skip


class TestAStayIsRegistered:
    def test_after_its_order(self) -> None:
        after(ordered).when(request()).then(opened(request()))

    def test_a_request_waits_for_its_order(self) -> None:
        after().when(request()).then_held("admission_not_ordered")

    def test_a_request_whose_order_never_came_is_refused(self) -> None:
        after(request()).when_overdue().then(refused("admission_not_ordered", request()))

    def test_a_request_that_names_no_order_is_refused_at_once(self) -> None:
        bare = request(admission=None)
        after(ordered).when(bare).then(refused("admission_not_ordered", bare))

    def test_another_hospitals_order_opens_no_stay(self) -> None:
        there = request(where=ELSEWHERE)
        after(ordered).when(there).then(refused("other_institution", there))

    def test_an_order_is_followed_once(self) -> None:
        again = request(5, department="D02")
        after(ordered, request()).when(again).then(refused("admission_used", again, other=an_id(0)))

    def test_a_card_has_one_stay_at_a_time(self) -> None:
        other = admission_ordered(2, order=an_id(970))
        again = request(5, department="D02", admission=an_id(970))
        after(ordered, other, request()).when(again).then(refused("already_in_hospital", again, other=an_id(0)))

    def test_after_the_discharge_another_may_begin(self) -> None:
        other = admission_ordered(2, order=an_id(970))
        again = request(55, department="D02", admission=an_id(970))
        after(ordered, other, request(), went_home).when(again).then(opened(again, admission=an_id(970)))

    def test_a_cancelled_stay_gives_its_order_back(self) -> None:
        again = request(65)
        after(ordered, request(), cancel).when(again).then(opened(again))

    def test_a_stay_takes_no_clinic_slot(self) -> None:
        clinic = Reference(sessions=Dated.of([("H01|D01|morning|*", FIRST_DAY, True)]))
        check_up = request(5, kind="checkup", admission=None)
        story = given(REGISTRATION, ordered, request(), reference=clinic)
        story.when(check_up).then(opened(check_up, admission=None, ward=None))


class TestAnOpenStay:
    open = (ordered, request())

    def test_it_is_cancelled_before_a_bed_is_given(self) -> None:
        after(*self.open).when(cancel).then(fact(VisitCancelled))

    def test_it_is_not_cancelled_once_a_bed_is_given(self) -> None:
        after(*self.open, in_bed).when(cancel).then(fact(RegistrationRefused, code="consultation_started"))

    def test_it_stays_open_until_the_discharge(self) -> None:
        stay = [OpenItem(kind="stay", id=an_id(0))]
        after(*self.open, in_bed, billed, close).when_overdue().then(fact(CloseRefused, code="still_open", open=stay))

    def test_what_was_given_keeps_it_open_until_it_is_billed(self) -> None:
        given_one = happened(
            inpatient.InpatientServiceRecorded, 30, **recorded(service()).model_dump(exclude={"card", "visit", "where"})
        )
        left = [OpenItem(kind="bill", id=service().derive("service"))]
        after(*self.open, in_bed, billed, given_one, went_home, close).when_overdue().then(
            fact(CloseRefused, code="still_open", open=left)
        )


class TestTheDoctor:
    def test_orders_an_admission(self) -> None:
        record = happened(
            edge.ConsultationRecorded,
            2,
            diagnoses=[edge.Diagnosis(code="J18.9", display="Pneumonia")],
            admission=edge.AdmissionWanted(ward="W1", reason="Pneumonia."),
        )
        visit = registered(kind="outpatient", admission=None, ward=None)
        story = given(CONSULTATION, visit).when(record)
        order = record.derive("admission")
        wanted = fact(
            consultation.AdmissionOrdered, consultation=record.id, order=order, ward="W1", reason="Pneumonia."
        )
        assert story.said[-2:] == [wanted, fact(consultation.ConsultationAccepted, consultation=record.id)]


class TestTheBillOfAStay:
    act = service()
    order = act.derive("service")
    charge = derive(order, "charge")
    given_one = happened(
        inpatient.InpatientServiceRecorded, 31, **recorded(act).model_dump(exclude={"card", "visit", "where"})
    )
    leaving = happened(inpatient.DischargeOrdered, 50, orders=[order])

    def test_what_is_given_is_charged(self) -> None:
        raised = fact(
            billing.ChargeRaised, charge=self.charge, order=self.order, item="ward:bed-day", display="Bed day",
            quantity="1", unit_price=4000, amount=4000,
        )  # fmt: skip
        given(BILLING, registered(), reference=PRICED).when(self.given_one).then(raised)

    def test_it_is_billed_when_the_patient_is_to_go_home(self) -> None:
        story = given(BILLING, registered(), self.given_one, reference=PRICED).when(self.leaving)
        bills = [one for one in story.said if isinstance(one, billing.BillSettled)]
        assert [(one.total, [line.order for line in one.lines]) for one in bills] == [(4000, [self.order])]

    def test_it_never_lapses(self) -> None:
        story = given(BILLING, registered(), self.given_one, self.leaving, reference=PRICED)
        assert not story.stream.timers

    def test_what_costs_nothing_is_cleared_at_once(self) -> None:
        story = given(BILLING, registered(), self.given_one, reference=FREE).when(self.leaving)
        assert story.said[-1] == fact(billing.OrderCleared, order=self.order, how="covered")

    @pytest.mark.parametrize("again", [1, 2])
    def test_it_is_billed_once(self, again: int) -> None:
        more = happened(inpatient.DischargeOrdered, 50 + again, orders=[self.order])
        given(BILLING, registered(), self.given_one, self.leaving, reference=PRICED).when(more).then_nothing()

    def test_paid_it_clears_what_was_given(self) -> None:
        bill = derive(self.leaving.id, "bill")
        money = happened(edge.PaymentTendered, 52, bill=bill, amount=4000, method="cash", reference="R1")
        story = given(BILLING, registered(), self.given_one, self.leaving, reference=PRICED).when(money)
        assert story.said[-1] == fact(billing.OrderCleared, order=self.order, how="paid")

    def test_given_much_later_it_is_charged_by_the_price_of_the_visits_day(self) -> None:
        dearer = Dated.of([("ward:bed-day", FIRST_DAY, 4000), ("ward:bed-day", START.date() + timedelta(days=1), 9000)])
        late = happened(
            inpatient.InpatientServiceRecorded,
            200_000,
            **recorded(service(200_000)).model_dump(exclude={"card", "visit", "where"}),
        )
        story = given(BILLING, registered(), reference=Reference(prices=dearer)).when(late)
        assert [one.amount for one in story.said if isinstance(one, billing.ChargeRaised)] == [4000]
