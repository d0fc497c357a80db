"""Registration: one visit per slot, cancelled only before a doctor has started, closed only with nothing open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.registration.service import SERVICE
from services.registration.state import INITIAL, State, evolve
from shared.decider import Overdue
from shared.events import AnyEvent, Event, lab, pharmacy
from shared.events.base import Visit, queue_key
from shared.events.billing import BillLine, BillSettled, ChargeLapsed, ChargeReversed, PaymentReceived
from shared.events.consultation import (
    ConsultationAccepted,
    ConsultationIrregular,
    LabTestOrdered,
    MedicationPrescribed,
)
from shared.events.edge import (
    ConsultationRecorded,
    Diagnosis,
    HandedLine,
    RegistrationCancellationRequested,
    RegistrationRequested,
    VisitCloseRequested,
)
from shared.events.queues import TicketIssued, TicketRefused, TicketServed
from shared.events.registration import (
    CloseRefused,
    OpenItem,
    RegistrationRefused,
    TicketWanted,
    TicketWithdrawn,
    VisitCancelled,
    VisitClosed,
    VisitRegistered,
)
from shared.reference import Reference
from shared.reference.data import Dated
from tests.support.spec import ANOTHER_DAY, CARD, START, VISIT, WHERE, Given, an_id, asked, fact, happened

SESSIONS = ("H01|D01|morning|*", "H01|D01|afternoon|*", "H01|D02|morning|2")
REFERENCE = Reference(sessions=Dated.of([(session, date(2026, 1, 1), True) for session in SESSIONS]))
ELSEWHERE = WHERE.model_copy(update={"institution": "H02"})
COLD = [Diagnosis(code="J06.9", display="急性上呼吸道感染")]
TEST, LINE, CHARGE, BILL = an_id(701), an_id(702), an_id(703), an_id(704)
REGISTRATION = VISIT.id


class Queued(Given):
    """A story in which the queue of a registration answers it at once, with number 1, unless it is told otherwise."""

    answers = True

    def when(self, event: AnyEvent) -> Queued:
        super().when(event)
        wanted = [fact for fact in self.said if isinstance(fact, TicketWanted)]
        if self.answers and wanted and isinstance(event, RegistrationRequested) and event.kind == "outpatient":
            super().when(issued(event))
            self.last = event
        return self


class Unanswered(Queued):
    answers = False


def given(*events: AnyEvent) -> Queued:
    return told(Queued(SERVICE, REFERENCE), *events)


def waiting(*events: AnyEvent) -> Queued:
    """A story in which the queue says nothing by itself."""
    return told(Unanswered(SERVICE, REFERENCE), *events)


def told(story: Queued, *events: AnyEvent) -> Queued:
    for event in events:
        story.when(event)
    return story


def queue(of: RegistrationRequested) -> str:
    return queue_key(of.where.institution, of.department, of.session, of.date)


def issued(to: Any, number: int = 1, **fields: Any) -> Any:
    """The queue's yes to a registration."""
    return happened(
        TicketIssued, 500 + int(to.id[-2:]), **{"visit": to.visit, "queue": queue(to), "number": number, **fields}
    )


def wanted(by: Any) -> Any:
    return fact(TicketWanted, card=CARD, visit=by.visit, where=by.where, queue=queue(by), kind=by.kind)


def given_back(by: Any, request: Any | None = None) -> Any:
    where = (request or by).where
    return fact(TicketWithdrawn, card=CARD, visit=by.visit, where=where, queue=queue(by))


def request(n: int, **fields: Any) -> Any:
    """A registration request that opens its own visit."""
    day = fields.get("date", START.date())
    slot = {"kind": "outpatient", "department": "D01", "session": "morning", "date": day}
    return asked(RegistrationRequested, n, **{"visit": Visit(id=an_id(n), date=day), **slot, **fields})


def settled(order: str, own_share: int, n: int, bill: str = BILL, charge: str = CHARGE) -> Any:
    line = BillLine(charge=charge, order=order, amount=own_share, own_share=own_share)
    return happened(BillSettled, n, bill=bill, lines=[line], total=own_share, own_share=own_share)


registered = request(0)
billed = settled(REGISTRATION, 0, 2)
cancel = asked(RegistrationCancellationRequested, 50)
close = asked(VisitCloseRequested, 51)
recorded = happened(ConsultationRecorded, 10, diagnoses=COLD)
accepted = happened(ConsultationAccepted, 14, recorded.id, consultation=recorded.id)
irregular = happened(ConsultationIrregular, 14, recorded.id, code="not_registered", act=recorded)
ordered = happened(
    LabTestOrdered, 12, consultation=recorded.id, order=TEST, code="58410-2", display="血常规", specimen="blood"
)
prescribed = happened(
    MedicationPrescribed,
    13,
    consultation=recorded.id,
    order=LINE,
    prescription=an_id(705),
    line=1,
    code="R05CA10",
    display="止咳糖浆",
    quantity="1",
    unit="瓶",
    dosage="一日三次",
    days=3,
)
open_visit = (registered, billed)
tested = (*open_visit, recorded, ordered, accepted)
medicated = (*open_visit, recorded, prescribed, accepted)
reported = happened(
    lab.LabResultReported,
    30,
    order=TEST,
    specimen=an_id(706),
    test="58410-2",
    findings=[lab.Finding(code="718-7", display="血红蛋白", value="140", unit="g/L", flag="normal")],
)
dispensed = happened(
    pharmacy.MedicationDispensed, 31, prescription=an_id(705), lines=[HandedLine(order=LINE, quantity="1")]
)


def refused(code: str, *, other: str | None = None, of: Event = registered) -> Any:
    return fact(RegistrationRefused, code=code, other=other, visit=of.visit, where=of.where)


def not_closed(code: str, *still_open: tuple[Any, str]) -> Any:
    return fact(CloseRefused, code=code, open=[OpenItem(kind=kind, id=id) for kind, id in still_open])


def opened(by: Any, *, treat_first: bool = False, ticket: int | None = 1) -> Any:
    slot = {"kind": by.kind, "department": by.department, "session": by.session, "date": by.date}
    return fact(VisitRegistered, **slot, visit=by.visit, treat_first=treat_first, ticket=ticket)


class TestNoVisitYet:
    def test_a_visit_is_registered(self) -> None:
        given().when(registered).then(opened(registered))

    def test_an_emergency_is_treated_first(self) -> None:
        emergency = request(0, kind="emergency")
        given().when(emergency).then(opened(emergency, treat_first=True, ticket=None), wanted(emergency))

    def test_it_carries_who_is_to_pay(self) -> None:
        assert [getattr(said, "payer", "") for said in given().when(request(1, payer="self")).said] == ["self"]

    def test_a_request_that_names_another_visit_is_refused(self) -> None:
        other = request(1, visit=VISIT)
        given().when(other).then(refused("visit_mismatch", of=other))

    def test_a_request_for_another_day_than_its_visits_is_refused(self) -> None:
        other = request(0, visit=Visit(id=an_id(0), date=date(2026, 11, 25)))
        given().when(other).then(refused("visit_mismatch", of=other))

    def test_a_session_the_department_does_not_hold_is_refused(self) -> None:
        other = request(0, department="D02", session="afternoon")
        given().when(other).then(refused("session_unknown", of=other))

    def test_a_session_held_on_that_weekday_is_open(self) -> None:
        tuesday = request(0, department="D02")
        given().when(tuesday).then(opened(tuesday))

    @pytest.mark.parametrize("ending", [cancel, close])
    def test_a_request_to_end_the_visit_is_held(self, ending: Event) -> None:
        given().when(ending).then_held("not_registered")

    def test_a_held_cancellation_is_refused_when_its_span_is_over(self) -> None:
        given().when(cancel).when_overdue().then(refused("not_registered"))

    def test_a_held_close_is_refused_when_its_span_is_over(self) -> None:
        given().when(close).when_overdue().then(not_closed("not_registered"))

    def test_a_held_cancellation_is_granted_when_the_visit_is_registered(self) -> None:
        given(cancel).when(registered).then(opened(registered), fact(VisitCancelled), given_back(registered))

    def test_a_record_that_came_before_the_visit_keeps_it_from_being_cancelled(self) -> None:
        given(recorded, registered).when(cancel).then(refused("consultation_started"))

    def test_a_record_that_came_before_the_visit_keeps_it_open(self) -> None:
        given(recorded, registered, billed).when(close).then_held("still_open")

    def test_a_record_that_was_irregular_before_the_visit_was_registered_keeps_nothing_open(self) -> None:
        given(recorded, irregular, registered, billed).when(close).then(fact(VisitClosed), given_back(registered))

    def test_a_record_that_came_early_and_names_another_day_counts_for_nothing(self) -> None:
        misnamed = happened(ConsultationRecorded, 10, diagnoses=COLD, visit=ANOTHER_DAY)
        given(misnamed, registered).when(cancel).then(fact(VisitCancelled), given_back(registered))

    def test_a_record_that_came_early_from_another_institution_counts_for_nothing(self) -> None:
        foreign = happened(ConsultationRecorded, 10, diagnoses=COLD, where=ELSEWHERE)
        given(foreign, registered).when(cancel).then(fact(VisitCancelled), given_back(registered))


class TestAVisitWithoutANumberYet:
    full = happened(TicketRefused, 500, queue=queue(registered), code="session_full")

    def test_an_outpatient_waits_for_a_number(self) -> None:
        story = waiting().when(registered)
        assert story.stream.held[-1].code == "ticket_not_issued"

    def test_the_queue_is_asked_for_it_once(self) -> None:
        other = request(1, session="afternoon")
        waiting(registered).when(other).then(wanted(other))

    def test_it_is_asked_for_with_the_kind_of_visit(self) -> None:
        waiting().when(registered).then(wanted(registered))

    def test_it_is_registered_with_the_number_it_gets(self) -> None:
        waiting(registered).when(issued(registered, number=7)).then(opened(registered, ticket=7))

    def test_a_number_of_another_queue_is_not_its_own(self) -> None:
        elsewhere = issued(registered, queue=queue_key("H01", "LAB", "morning", START.date()))
        waiting(registered).when(elsewhere).then()

    def test_it_is_refused_when_the_session_is_full(self) -> None:
        waiting(registered).when(self.full).then(refused("session_full"))

    def test_it_is_refused_when_its_span_is_over_and_the_ticket_withdrawn(self) -> None:
        waiting(registered).when_overdue().then(refused("ticket_not_issued"), given_back(registered))

    def test_a_number_that_comes_too_late_changes_nothing(self) -> None:
        late = waiting(registered).when_overdue()
        late.when(issued(registered)).then()

    def test_a_second_registration_for_the_session_waits_for_the_first(self) -> None:
        waiting(registered).when(request(1)).then_held("registration_pending")

    def test_the_second_is_refused_when_the_first_gets_its_number(self) -> None:
        again = request(1)
        waiting(registered, again).when(issued(registered)).then(
            opened(registered), refused("already_registered", other=VISIT.id, of=again)
        )

    def test_the_second_asks_for_its_own_number_when_the_first_is_refused(self) -> None:
        again = request(1)
        waiting(registered, again).when(self.full).then(refused("session_full"), wanted(again))

    def test_a_cancellation_waits_for_the_registration_and_gives_the_number_back(self) -> None:
        waiting(registered, cancel).when(issued(registered)).then(
            opened(registered), fact(VisitCancelled), given_back(registered)
        )

    def test_a_cancellation_refused_meanwhile_leaves_the_wait_as_it_is(self) -> None:
        story = waiting(cancel, registered).when_overdue(cancel.id)
        story.when(issued(registered)).then(opened(registered))

    def test_an_emergency_in_the_meantime_takes_the_slot_and_the_ticket_is_withdrawn(self) -> None:
        emergency = request(1, kind="emergency")
        waiting(registered).when(emergency).then(
            opened(emergency, treat_first=True, ticket=None),
            wanted(emergency),
            refused("already_registered", other=emergency.visit.id),
            given_back(registered),
        )

    def test_a_check_up_needs_no_number(self) -> None:
        other = request(0, kind="checkup")
        waiting().when(other).then(opened(other, ticket=None))

    def test_a_ninth_registration_that_waits_is_refused_and_wants_no_ticket(self) -> None:
        days = [request(n, date=START.date() + timedelta(days=n)) for n in range(8)]
        ninth = request(8, date=START.date() + timedelta(days=8))
        waiting(*days).when(ninth).then(refused("ticket_not_issued", of=ninth))


class TestANumberOfAnOpenVisit:
    served = happened(TicketServed, 600, queue=queue(registered), number=1, seconds=60)

    def test_it_is_given_back_when_the_visit_is_closed_unseen(self) -> None:
        given(*open_visit).when(close).then(fact(VisitClosed), given_back(registered))

    def test_it_is_not_given_back_once_it_was_served(self) -> None:
        given(*open_visit, self.served).when(close).then(fact(VisitClosed))

    def test_it_is_not_given_back_once_a_doctor_has_recorded_something(self) -> None:
        given(*open_visit, recorded, accepted).when(close).then(fact(VisitClosed))

    def test_what_was_served_in_the_laboratorys_queue_does_not_count(self) -> None:
        lab_queue = queue_key("H01", "LAB", "morning", START.date())
        elsewhere = happened(TicketServed, 600, queue=lab_queue, number=1, seconds=60)
        given(*open_visit, elsewhere).when(close).then(fact(VisitClosed), given_back(registered))

    def test_an_emergency_gives_its_own_back(self) -> None:
        emergency = request(0, kind="emergency")
        given(emergency).when(cancel).then(fact(VisitCancelled), given_back(emergency))

    def test_an_emergency_that_got_none_has_none_to_give_back(self) -> None:
        emergency = request(0, kind="emergency")
        none = happened(TicketRefused, 500, queue=queue(emergency), code="session_full")
        given(emergency, none).when(cancel).then(fact(VisitCancelled))

    def test_a_check_up_has_none_to_give_back(self) -> None:
        given(request(0, kind="checkup")).when(cancel).then(fact(VisitCancelled))


class TestAnOpenVisit:
    def test_its_slot_is_taken(self) -> None:
        again = request(1)
        given(registered).when(again).then(refused("already_registered", other=VISIT.id, of=again))

    @pytest.mark.parametrize("other", [{"session": "afternoon"}, {"department": "D02"}, {"date": date(2026, 12, 1)}])
    def test_another_slot_is_free(self, other: dict[str, Any]) -> None:
        again = request(1, **other)
        given(registered).when(again).then(opened(again))

    def test_it_is_cancelled(self) -> None:
        given(registered).when(cancel).then(fact(VisitCancelled), given_back(registered))

    def test_it_is_not_cancelled_once_a_doctor_has_recorded_something(self) -> None:
        given(registered, recorded).when(cancel).then(refused("consultation_started"))

    def test_it_is_not_cancelled_after_an_irregular_record_either(self) -> None:
        given(registered, recorded, irregular).when(cancel).then(refused("consultation_started"))

    def test_a_record_of_another_institution_does_not_keep_it_from_being_cancelled(self) -> None:
        foreign = happened(ConsultationRecorded, 10, diagnoses=COLD, where=ELSEWHERE)
        given(registered, foreign).when(cancel).then(fact(VisitCancelled), given_back(registered))

    def test_another_institution_can_not_cancel_it(self) -> None:
        foreign = asked(RegistrationCancellationRequested, 50, where=ELSEWHERE)
        given(registered).when(foreign).then(refused("other_institution", of=foreign))

    def test_another_institution_can_not_close_it(self) -> None:
        foreign = asked(VisitCloseRequested, 50, where=ELSEWHERE)
        given(*open_visit).when(foreign).then(fact(CloseRefused, code="other_institution", where=ELSEWHERE))

    def test_a_cancellation_that_names_it_with_another_day_is_refused(self) -> None:
        misnamed = asked(RegistrationCancellationRequested, 50, visit=ANOTHER_DAY)
        given(registered).when(misnamed).then(refused("visit_mismatch", of=misnamed))

    def test_a_close_that_names_it_with_another_day_is_refused(self) -> None:
        misnamed = asked(VisitCloseRequested, 50, visit=ANOTHER_DAY)
        given(*open_visit).when(misnamed).then(fact(CloseRefused, code="visit_mismatch", visit=ANOTHER_DAY))

    def test_a_cancellation_that_waited_for_it_and_names_another_day_is_refused(self) -> None:
        misnamed = asked(RegistrationCancellationRequested, 50, visit=ANOTHER_DAY)
        given(misnamed).when(registered).then(opened(registered), refused("visit_mismatch", of=misnamed))

    def test_a_record_that_names_it_with_another_day_does_not_keep_it_from_being_cancelled(self) -> None:
        misnamed = happened(ConsultationRecorded, 10, diagnoses=COLD, visit=ANOTHER_DAY)
        given(registered, misnamed).when(cancel).then(fact(VisitCancelled), given_back(registered))

    def test_it_is_closed_with_nothing_open(self) -> None:
        given(*open_visit).when(close).then(fact(VisitClosed), given_back(registered))

    def test_it_stays_open_until_the_bill_of_its_registration_was_seen(self) -> None:
        given(registered).when(close).when_overdue().then(not_closed("still_open", ("bill", REGISTRATION)))

    def test_a_held_close_is_granted_when_the_last_thing_is_done(self) -> None:
        given(registered, close).when(billed).then(fact(VisitClosed), given_back(registered))


class TestAVisitWithSomethingOwed:
    owing = (registered, settled(REGISTRATION, 500, 2))

    def test_it_stays_open(self) -> None:
        given(*self.owing).when(close).when_overdue().then(not_closed("still_open", ("bill", BILL)))

    def test_a_bill_of_two_charges_is_shown_once(self) -> None:
        second = settled(TEST, 300, 3, charge=an_id(707))
        given(*self.owing, second).when(close).when_overdue().then(not_closed("still_open", ("bill", BILL)))

    @pytest.mark.parametrize("visit", [VISIT, Visit(id=an_id(9), date=START.date())])
    def test_a_payment_settles_it_whatever_visit_it_named(self, visit: Visit) -> None:
        paid = happened(PaymentReceived, 4, bill=BILL, amount=500, method="cash", reference="R1", visit=visit)
        given(*self.owing, paid).when(close).then(fact(VisitClosed), given_back(registered))

    def test_a_payment_of_another_bill_does_not_settle_it(self) -> None:
        paid = happened(PaymentReceived, 4, bill=an_id(708), amount=500, method="cash", reference="R1")
        given(*self.owing, paid).when(close).then_held("still_open")

    def test_a_lapse_settles_it(self) -> None:
        lapsed = happened(ChargeLapsed, 4, charge=CHARGE, order=REGISTRATION, bill=BILL, amount=500)
        given(*self.owing, lapsed).when(close).then(fact(VisitClosed), given_back(registered))

    def test_a_reversal_settles_it(self) -> None:
        back = happened(
            ChargeReversed, 4, charge=CHARGE, order=REGISTRATION, bill=BILL, amount=500, own_share=500, paid=False
        )
        given(*self.owing, back).when(close).then(fact(VisitClosed), given_back(registered))


class TestAVisitWithARecord:
    def test_it_stays_open_without_a_verdict(self) -> None:
        given(*open_visit, recorded).when(close).when_overdue().then(
            not_closed("still_open", ("consultation", recorded.id))
        )

    def test_an_accepted_record_keeps_nothing_open(self) -> None:
        given(*open_visit, recorded, accepted).when(close).then(fact(VisitClosed))

    def test_an_irregular_record_keeps_nothing_open(self) -> None:
        given(*open_visit, recorded, irregular).when(close).then(fact(VisitClosed))

    def test_the_verdict_of_one_record_is_not_that_of_another(self) -> None:
        other = happened(ConsultationRecorded, 11, diagnoses=COLD)
        given(*open_visit, recorded, other, irregular).when(close).when_overdue().then(
            not_closed("still_open", ("consultation", other.id))
        )


class TestAVisitWithOrders:
    test_billed = settled(TEST, 0, 15)
    line_billed = settled(LINE, 0, 15)

    def test_a_test_without_result_or_bill_is_open_twice(self) -> None:
        given(*tested).when(close).when_overdue().then(not_closed("still_open", ("lab_test", TEST), ("bill", TEST)))

    def test_a_line_not_handed_over_is_open(self) -> None:
        given(*medicated, self.line_billed).when(close).when_overdue().then(
            not_closed("still_open", ("medication", LINE))
        )

    def test_an_order_done_before_its_bill_was_seen_keeps_the_visit_open(self) -> None:
        given(*tested, reported).when(close).when_overdue().then(not_closed("still_open", ("bill", TEST)))

    @pytest.mark.parametrize(
        "done",
        [
            reported,
            happened(lab.OrderCancelled, 32, order=TEST),
            happened(ChargeLapsed, 33, charge=CHARGE, order=TEST, bill=BILL, amount=0),
        ],
    )
    def test_a_test_that_is_reported_cancelled_or_lapsed_is_not_open(self, done: Event) -> None:
        given(*tested, self.test_billed, done).when(close).then(fact(VisitClosed))

    @pytest.mark.parametrize(
        "done",
        [
            dispensed,
            happened(pharmacy.OrderCancelled, 32, order=LINE),
            happened(pharmacy.PrescriptionReturned, 33, prescription=an_id(705), orders=[LINE]),
            happened(ChargeLapsed, 34, charge=CHARGE, order=LINE, bill=BILL, amount=0),
        ],
    )
    def test_a_line_that_is_dispensed_cancelled_returned_or_lapsed_is_not_open(self, done: Event) -> None:
        given(*medicated, self.line_billed, done).when(close).then(fact(VisitClosed))

    def test_an_order_cancelled_before_any_bill_is_settled_by_its_reversal(self) -> None:
        back = happened(ChargeReversed, 33, charge=CHARGE, order=TEST, amount=0, own_share=0, paid=False)
        given(*tested, happened(lab.OrderCancelled, 32, order=TEST), back).when(close).then(fact(VisitClosed))

    def test_at_most_two_hundred_open_things_are_shown(self) -> None:
        orders = [ordered.model_copy(update={"order": an_id(n)}) for n in range(1000, 1150)]
        again = [order.known(an_id(n), START, START) for n, order in enumerate(orders, 2000)]
        story = given(*open_visit, *again).when(close).when_overdue()
        assert [len(refusal.open) for refusal in story.said if isinstance(refusal, CloseRefused)] == [200]


class TestAnEndedVisit:
    cancelled = (registered, cancel)
    closed = (*open_visit, close)
    later_cancel = asked(RegistrationCancellationRequested, 60)
    later_close = asked(VisitCloseRequested, 61)

    def test_a_cancelled_visit_gives_its_slot_back(self) -> None:
        again = request(1)
        given(*self.cancelled).when(again).then(opened(again))

    def test_a_closed_visit_keeps_its_slot(self) -> None:
        again = request(1)
        given(*self.closed).when(again).then(refused("already_registered", other=VISIT.id, of=again))

    def test_a_cancelled_visit_is_not_cancelled_again(self) -> None:
        given(*self.cancelled).when(self.later_cancel).then(refused("visit_cancelled"))

    def test_a_closed_visit_is_not_cancelled(self) -> None:
        given(*self.closed).when(self.later_cancel).then(refused("visit_closed"))

    def test_a_cancelled_visit_is_not_closed(self) -> None:
        given(*self.cancelled).when(self.later_close).then(not_closed("visit_cancelled"))

    def test_a_closed_visit_is_not_closed_again(self) -> None:
        given(*self.closed).when(self.later_close).then(not_closed("visit_closed"))

    def test_it_shrinks_to_its_slot(self) -> None:
        assert given(*tested, settled(TEST, 0, 15), reported, close).stream.state.open == {}

    def test_what_still_comes_for_it_changes_nothing(self) -> None:
        state = given(*self.cancelled).stream.state
        assert evolve(state, recorded) is state

    @pytest.mark.parametrize(("days", "kept"), [(120, True), (121, False)])
    def test_it_is_forgotten_by_a_registration_more_than_120_days_later(self, days: int, *, kept: bool) -> None:
        at = START + timedelta(days=days)
        later = request(1, date=at.date()).known(an_id(1), at, at)
        assert (VISIT.id in given(*self.closed, later).stream.state.ended) is kept


class TestTheState:
    def test_it_survives_a_document(self) -> None:
        elsewhere = happened(ConsultationRecorded, 80, diagnoses=COLD, visit=Visit(id=an_id(81), date=START.date()))
        others = (request(5, session="afternoon"), settled(TEST, 300, 90), elsewhere)
        state = given(registered, cancel, request(6), *others, recorded, ordered).stream.state
        adapter = TypeAdapter(State)
        assert adapter.validate_json(adapter.dump_json(state)) == state

    @pytest.mark.parametrize("event", [billed, reported, dispensed, accepted, irregular, ordered, registered])
    def test_an_event_of_a_visit_it_does_not_know_changes_nothing(self, event: Event) -> None:
        assert evolve(INITIAL, event) is INITIAL

    @pytest.mark.parametrize("event", [billed, reported, dispensed, accepted, irregular])
    def test_an_event_that_finishes_nothing_changes_nothing(self, event: Event) -> None:
        state = given(*open_visit).stream.state
        assert evolve(state, event) is state

    def test_the_verdict_of_a_record_takes_it_from_the_early_ones(self) -> None:
        assert given(recorded, irregular).stream.state == INITIAL

    def test_a_close_that_can_not_be_held_is_refused_with_what_is_open(self) -> None:
        state = given(registered).stream.state
        refusal = not_closed("still_open", ("bill", REGISTRATION))
        assert SERVICE.decide(state, Overdue(close, "still_open"), REFERENCE) == (refusal,)
