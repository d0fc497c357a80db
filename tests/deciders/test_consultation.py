"""Consultation: a record counts within a registered visit, and never races with the visit's end."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.consultation.service import SERVICE
from services.consultation.state import State, Undecided, evolve
from services.registration.service import SERVICE as REGISTRATION
from shared.decider import Service
from shared.envelope import Envelope, to_ms
from shared.events import TYPES, AnyEvent, Event, VisitRequest
from shared.events.billing import BillLine, BillSettled
from shared.events.consultation import (
    AllergyNoted,
    ConsultationAccepted,
    ConsultationIrregular,
    DiagnosisMade,
    LabTestOrdered,
    MedicationPrescribed,
    ReferralMade,
    VitalSignsMeasured,
)
from shared.events.edge import (
    Allergy,
    ConsultationRecorded,
    Diagnosis,
    LabTestWanted,
    Measurement,
    MedicineWanted,
    Referral,
    RegistrationCancellationRequested,
    RegistrationRequested,
    VisitCloseRequested,
)
from shared.events.registration import (
    CloseRefused,
    RegistrationRefused,
    VisitCancelled,
    VisitClosed,
    VisitRegistered,
)
from shared.events.runtime import RequestHeld
from shared.reference import Reference
from shared.reference.data import Dated
from shared.step import Stream, deadlines, step
from tests.support.spec import ANOTHER_DAY, CARD, START, VISIT, WHERE, an_id, asked, enveloped, fact, given, happened

COLD = Diagnosis(code="J06.9", display="急性上呼吸道感染")
COUGH = Diagnosis(code="R05", display="咳嗽")
PENICILLIN = Allergy(code="J01CE01", display="青霉素", reaction="皮疹")
PULSE = Measurement(code="8867-4", display="心率", value="72", unit="/min")
ONWARD = Referral(institution="H02", department="D07", reason="进一步检查")
BLOOD = LabTestWanted(code="58410-2", display="血常规", specimen="blood")
SUGAR = LabTestWanted(code="1558-6", display="空腹血糖", specimen="blood")
SYRUP = MedicineWanted(code="R05CA10", display="止咳糖浆", quantity="1", unit="瓶", dosage="一日三次", days=3)
TABLET = MedicineWanted(code="N02BE01", display="对乙酰氨基酚", quantity="1.0", unit="盒", dosage="必要时", days=2)

REGISTERED: dict[str, Any] = {"kind": "outpatient", "department": "D01", "session": "morning", "date": START.date()}
registered = happened(VisitRegistered, 1, **REGISTERED)
cancelled = happened(VisitCancelled, 90)
closed = happened(VisitClosed, 91)
recorded = happened(ConsultationRecorded, 10, diagnoses=[COLD])
cancel = asked(RegistrationCancellationRequested, 5)
close = asked(VisitCloseRequested, 6)
late_cancel = asked(RegistrationCancellationRequested, 20)


def accepted(n: int = 10, **fields: Any) -> Any:
    return fact(ConsultationAccepted, consultation=an_id(n), **fields)


def irregular(code: str, act: ConsultationRecorded = recorded) -> Any:
    body = ConsultationRecorded(**act.model_dump())
    return fact(ConsultationIrregular, consultation=act.id, code=code, act=body, visit=act.visit, where=act.where)


def diagnosed(rank: int = 1, of: Diagnosis = COLD, n: int = 10) -> Any:
    return fact(DiagnosisMade, consultation=an_id(n), code=of.code, display=of.display, rank=rank)


class TestAVisitNotRegisteredYet:
    def test_a_record_is_held(self) -> None:
        given(SERVICE).when(recorded).then_held("not_registered")

    def test_a_held_record_counts_when_the_visit_is_registered(self) -> None:
        given(SERVICE, recorded).when(registered).then(diagnosed(), accepted())

    def test_a_held_record_is_irregular_when_the_visit_is_cancelled(self) -> None:
        given(SERVICE, recorded).when(cancelled).then(irregular("visit_cancelled"))

    def test_a_held_record_is_irregular_when_its_span_is_over(self) -> None:
        given(SERVICE).when(recorded).when_overdue().then(irregular("not_registered"))

    def test_a_refused_registration_leaves_a_record_held(self) -> None:
        refused = happened(RegistrationRefused, 11, code="session_unknown")
        given(SERVICE, recorded).when(refused).then_nothing()


class TestARegisteredVisit:
    def test_a_record_is_accepted(self) -> None:
        given(SERVICE, registered).when(recorded).then(diagnosed(), accepted())

    def test_diagnoses_are_ranked_in_the_order_reported(self) -> None:
        both = happened(ConsultationRecorded, 10, diagnoses=[COLD, COUGH])
        given(SERVICE, registered).when(both).then(diagnosed(1, COLD), diagnosed(2, COUGH), accepted())

    def test_an_allergy_is_noted(self) -> None:
        record = happened(ConsultationRecorded, 10, diagnoses=[COLD], allergies=[PENICILLIN])
        noted = fact(AllergyNoted, consultation=an_id(10), code="J01CE01", display="青霉素", reaction="皮疹")
        given(SERVICE, registered).when(record).then(diagnosed(), noted, accepted())

    def test_no_known_allergy_is_noted_once(self) -> None:
        record = happened(ConsultationRecorded, 10, diagnoses=[COLD], no_known_allergies=True)
        noted = fact(AllergyNoted, consultation=an_id(10), none_known=True)
        given(SERVICE, registered).when(record).then(diagnosed(), noted, accepted())

    def test_a_named_allergy_outweighs_none_known(self) -> None:
        record = happened(ConsultationRecorded, 10, diagnoses=[COLD], allergies=[PENICILLIN], no_known_allergies=True)
        noted = fact(AllergyNoted, consultation=an_id(10), code="J01CE01", display="青霉素", reaction="皮疹")
        given(SERVICE, registered).when(record).then(diagnosed(), noted, accepted())

    def test_vital_signs_are_one_fact(self) -> None:
        record = happened(ConsultationRecorded, 10, diagnoses=[COLD], vital_signs=[PULSE])
        measured = fact(VitalSignsMeasured, consultation=an_id(10), measurements=[PULSE])
        given(SERVICE, registered).when(record).then(diagnosed(), measured, accepted())

    def test_a_referral_is_said(self) -> None:
        record = happened(ConsultationRecorded, 10, diagnoses=[COLD], referral=ONWARD)
        referred = fact(ReferralMade, consultation=an_id(10), institution="H02", department="D07", reason="进一步检查")
        given(SERVICE, registered).when(record).then(diagnosed(), referred, accepted())

    def test_orders_come_after_what_was_found_and_before_the_word_that_closes_their_list(self) -> None:
        record = happened(
            ConsultationRecorded, 10, diagnoses=[COLD], tests=[BLOOD, SUGAR], medicines=[SYRUP, TABLET], notes="多喝水"
        )
        orders = [record.derive("lab_test", 1), record.derive("lab_test", 2)]
        lines = [record.derive("medication", 1), record.derive("medication", 2)]
        prescription = record.derive("prescription")
        given(SERVICE, registered).when(record).then(
            diagnosed(),
            lab_test_ordered(BLOOD, orders[0]),
            lab_test_ordered(SUGAR, orders[1]),
            prescribed(SYRUP, lines[0], prescription, 1),
            prescribed(TABLET, lines[1], prescription, 2),
            accepted(orders=[*orders, *lines], prescription=prescription, notes="多喝水"),
        )

    def test_an_order_carries_treat_first_itself(self) -> None:
        emergency = happened(VisitRegistered, 1, **{**REGISTERED, "kind": "emergency"}, treat_first=True)
        record = happened(ConsultationRecorded, 10, diagnoses=[COLD], tests=[BLOOD])
        order = record.derive("lab_test", 1)
        given(SERVICE, emergency).when(record).then(
            diagnosed(), lab_test_ordered(BLOOD, order, treat_first=True), accepted(orders=[order])
        )

    def test_a_second_consultation_counts_too(self) -> None:
        again = happened(ConsultationRecorded, 12, diagnoses=[COUGH])
        given(SERVICE, registered, recorded).when(again).then(diagnosed(1, COUGH, 12), accepted(12))

    def test_a_record_of_another_institution_is_irregular(self) -> None:
        foreign = happened(
            ConsultationRecorded, 10, diagnoses=[COLD], where=WHERE.model_copy(update={"institution": "H02"})
        )
        given(SERVICE, registered).when(foreign).then(irregular("other_institution", foreign))

    def test_a_record_that_names_it_with_another_day_is_irregular(self) -> None:
        misnamed = happened(ConsultationRecorded, 10, diagnoses=[COLD], visit=ANOTHER_DAY)
        given(SERVICE, registered).when(misnamed).then(irregular("visit_mismatch", misnamed))

    def test_a_record_that_waited_for_it_and_names_another_day_is_irregular(self) -> None:
        misnamed = happened(ConsultationRecorded, 10, diagnoses=[COLD], visit=ANOTHER_DAY)
        given(SERVICE, misnamed).when(registered).then(irregular("visit_mismatch", misnamed))


class TestAVisitWhoseEndIsAskedFor:
    @pytest.mark.parametrize("ending", [cancel, close])
    def test_a_record_after_the_request_is_held(self, ending: Event) -> None:
        given(SERVICE, registered, ending).when(recorded).then_held("ending_requested")

    def test_a_request_that_came_before_the_visit_was_registered_counts_too(self) -> None:
        given(SERVICE, cancel, registered).when(recorded).then_held("ending_requested")

    def test_a_held_record_counts_when_the_cancellation_is_refused(self) -> None:
        refused = happened(RegistrationRefused, 12, cancel.id, code="consultation_started")
        given(SERVICE, registered, cancel, recorded).when(refused).then(diagnosed(), accepted())

    def test_a_held_record_counts_when_the_close_is_refused(self) -> None:
        refused = happened(CloseRefused, 12, close.id, code="still_open")
        given(SERVICE, registered, close, recorded).when(refused).then(diagnosed(), accepted())

    def test_a_held_record_is_irregular_when_the_visit_closes(self) -> None:
        given(SERVICE, registered, close, recorded).when(closed).then(irregular("visit_closed"))

    def test_a_held_record_is_irregular_when_its_span_is_over(self) -> None:
        given(SERVICE, registered, close).when(recorded).when_overdue().then(irregular("ending_requested"))

    def test_a_held_record_waits_for_every_request_before_it(self) -> None:
        refused = happened(CloseRefused, 12, close.id, code="still_open")
        given(SERVICE, registered, cancel, close, recorded).when(refused).then_nothing()

    def test_a_verdict_on_a_later_request_frees_no_record(self) -> None:
        refused = happened(RegistrationRefused, 21, late_cancel.id, code="other_institution")
        given(SERVICE, registered, cancel, recorded, late_cancel).when(refused).then_nothing()

    def test_the_refusal_of_a_registration_that_names_this_visit_frees_no_record(self) -> None:
        refused = happened(RegistrationRefused, 12, an_id(11), code="visit_mismatch")
        given(SERVICE, registered, cancel, recorded).when(refused).then_nothing()

    def test_a_record_before_the_request_never_waits_for_it(self) -> None:
        given(SERVICE, recorded, late_cancel).when(registered).then(diagnosed(), accepted())

    def test_a_request_with_its_verdict_holds_up_nothing(self) -> None:
        refused = happened(RegistrationRefused, 7, cancel.id, code="other_institution")
        given(SERVICE, registered, cancel, refused).when(recorded).then(diagnosed(), accepted())


class TestAnEndedVisit:
    def test_a_record_of_a_cancelled_visit_is_irregular(self) -> None:
        given(SERVICE, registered, cancelled).when(recorded).then(irregular("visit_cancelled"))

    def test_a_record_of_a_closed_visit_is_irregular(self) -> None:
        given(SERVICE, registered, closed).when(recorded).then(irregular("visit_closed"))

    def test_a_request_to_end_it_again_is_not_remembered(self) -> None:
        story = given(SERVICE, registered, closed)
        before = story.stream.state
        assert story.when(late_cancel).stream.state is before


class TestTheState:
    def test_it_survives_a_document(self) -> None:
        state = given(SERVICE, registered, cancel, recorded).stream.state
        adapter = TypeAdapter(State)
        assert adapter.validate_json(adapter.dump_json(state)) == state

    def test_an_answered_record_leaves_nothing_behind(self) -> None:
        assert given(SERVICE, registered, recorded).stream.state == given(SERVICE, registered).stream.state

    def test_an_irregular_record_leaves_nothing_behind(self) -> None:
        story = given(SERVICE, registered, close, recorded).when_overdue()
        assert story.stream.state.undecided == (Undecided(close.id, ends=True),)

    def test_a_fact_that_changes_nothing_gives_the_same_state(self) -> None:
        state = given(SERVICE, registered).stream.state
        assert evolve(state, diagnosed()) is state

    def test_of_two_records_alike_only_the_irregular_one_is_answered(self) -> None:
        twin = happened(ConsultationRecorded, 11, diagnoses=[COLD])
        state = given(SERVICE, recorded, twin).stream.state
        assert evolve(state, irregular("not_registered", twin)) == replace(state, undecided=state.undecided[:1])


def lab_test_ordered(test: LabTestWanted, order: str, *, treat_first: bool = False) -> Any:
    body = {**test.model_dump(), "consultation": an_id(10), "order": order}
    return fact(LabTestOrdered, **body, treat_first=treat_first)


def prescribed(medicine: MedicineWanted, order: str, prescription: str, line: int) -> Any:
    body = {**medicine.model_dump(), "consultation": an_id(10), "order": order}
    return fact(MedicationPrescribed, **body, prescription=prescription, line=line)


class TestTheRaceWithRegistration:
    """Registration and consultation read one log, each with its own lag, and agree on who was first."""

    @pytest.mark.parametrize("ending", [RegistrationCancellationRequested, VisitCloseRequested])
    def test_no_consultation_counts_in_a_visit_that_ended_before_it(self, ending: type[VisitRequest]) -> None:
        for seed in range(100):
            says = [type(event) for event in Race(seed, ending).run()]
            over = next((n for n, kind in enumerate(says) if kind in {VisitCancelled, VisitClosed}), len(says))
            assert ConsultationAccepted not in says[over:], seed

    @pytest.mark.parametrize("ending", [RegistrationCancellationRequested, VisitCloseRequested])
    def test_every_request_gets_exactly_one_verdict(self, ending: type[VisitRequest]) -> None:
        for seed in range(100):
            verdicts = [event for event in Race(seed, ending).run() if isinstance(event, VERDICTS)]
            assert len(verdicts) == 5, seed

    def test_a_cancelled_visit_has_no_consultation_that_counts(self) -> None:
        for seed in range(100):
            says = {type(event) for event in Race(seed, RegistrationCancellationRequested).run()}
            assert not {VisitCancelled, ConsultationAccepted} <= says, seed

    def test_no_record_waits_for_a_verdict_that_has_been_said(self) -> None:
        for seed in range(100):
            irregulars = [e for e in Race(seed, VisitCloseRequested).run() if isinstance(e, ConsultationIrregular)]
            assert all(event.code != "ending_requested" for event in irregulars), seed

    def test_only_a_request_before_the_record_makes_it_wait(self) -> None:
        for seed in range(100):
            log = Race(seed, VisitCloseRequested).run()
            places = {event.id: n for n, event in enumerate(log)}
            held = [event for event in log if isinstance(event, RequestHeld) and event.code == "ending_requested"]
            assert all(min(places[an_id(3)], places[an_id(4)]) < places[hold.request] for hold in held), seed


VERDICTS = (
    VisitRegistered,
    RegistrationRefused,
    VisitCancelled,
    VisitClosed,
    CloseRefused,
    ConsultationAccepted,
    ConsultationIrregular,
)


class Race:
    """A log that edges, registration, consultation and a stand-in for billing write, in an order a seed chooses."""

    def __init__(self, seed: int, ending: type[VisitRequest]) -> None:
        self.chance = random.Random(seed)
        opens = asked(RegistrationRequested, 0, kind="outpatient", department="D01", session="morning", date=VISIT.date)
        records = [happened(ConsultationRecorded, n, diagnoses=[COLD]) for n in (1, 2)]
        self.to_come = [opens, *records, asked(ending, 3), asked(ending, 4)]
        self.chance.shuffle(self.to_come)
        self.log: list[tuple[Envelope, AnyEvent]] = []
        self.read = {service.name: 0 for service in RACERS}
        self.streams: dict[str, Stream[Any]] = {service.name: Stream(service.initial) for service in RACERS}

    def run(self) -> list[AnyEvent]:
        """Everything on the log when all has been read and every deadline has passed."""
        while self._go_on():
            pass
        for service in RACERS:
            name = str(service.stream(self.log[0][1]))
            for passed in deadlines(service, self.streams[service.name], CARD, name, 1 << 60):
                self._write(passed)
            while self._go_on():
                pass
        return [event for _, event in self.log]

    def _go_on(self) -> bool:
        """One writes or reads; False when there is nothing left to do."""
        behind = [service for service in RACERS if self.read[service.name] < len(self.log)]
        actor = self.chance.choice([*behind, *self.to_come[:1]]) if behind or self.to_come else None
        if isinstance(actor, Event):
            self._write(enveloped(self.to_come.pop(0)))
        elif actor is not None:
            self._hear(actor)
        return actor is not None

    def _hear(self, service: Service[Any]) -> None:
        envelope, event = self.log[self.read[service.name]]
        self.read[service.name] += 1
        if isinstance(event, service.hears) or envelope.type in service.deadline_types:
            stream, said = step(service, self.streams[service.name], envelope, event, REFERENCE)
            self.streams[service.name] = stream
            for fact_said in said:
                self._write(fact_said)

    def _write(self, envelope: Envelope) -> None:
        event = TYPES[envelope.type].model_validate_json(envelope.body)
        at = START + timedelta(seconds=60 + len(self.log))
        known = event.known(envelope.id, envelope.happened, at, envelope.causation)
        self.log.append((envelope._replace(time_ms=to_ms(at)), known))
        if isinstance(event, VisitRegistered):
            line = BillLine(charge=an_id(80), order=VISIT.id, amount=0, own_share=0)
            self._write(enveloped(happened(BillSettled, 81, bill=an_id(82), lines=[line], total=0, own_share=0)))


RACERS: tuple[Service[Any], ...] = (REGISTRATION, SERVICE)
REFERENCE = Reference(sessions=Dated.of([("H01|D01|morning|*", START.date(), True)]))
