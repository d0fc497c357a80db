"""A card that may not be used: no new visit, and every step in its open ones says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.consultation.service import SERVICE as CONSULTATION
from services.lab.service import SERVICE as LAB
from services.pharmacy.service import SERVICE as PHARMACY
from services.registration.service import SERVICE
from shared.events import cards, consultation, edge, inpatient, lab, pharmacy, registration
from shared.events.base import Visit, Where
from shared.events.edge import RegistrationCancellationRequested, RegistrationRequested, VisitCloseRequested
from shared.events.registration import RegistrationRefused, VisitRegistered, VisitResumed, VisitSuspended
from shared.reference import Reference
from shared.reference.data import Dated
from tests.support.spec import CARD, START, VISIT, Given, an_id, asked, fact, happened
from tests.support.spec import given as given_by
from tests.support.stays import ADMISSION, WISH, admission_ordered

OTHER = "d" * 64
AUTHORITY = Where(institution="card-authority", terminal="card-authority-1", channel="authority")
SESSIONS = Dated.of((f"H01|D01|{session}|*", date(2026, 1, 1), True) for session in ("morning", "afternoon"))
OPEN = Reference(sessions=SESSIONS)
ISSUED_ONLY = replace(OPEN, rules=Dated.of([("issued-only", date(2026, 1, 1), True)]))
NOT_YET = replace(OPEN, rules=Dated.of([("issued-only", date(2027, 1, 1), True)]))


def given(*events: Any, reference: Reference = OPEN) -> Given:
    return given_by(SERVICE, *events, reference=reference)


def of_card(kind: type[Any], n: int, **fields: Any) -> Any:
    at = START + timedelta(seconds=n)
    made = kind(card=CARD, where=AUTHORITY, request=an_id(900 + n), **fields)
    return made.known(an_id(n), at, at, an_id(900 + n))


def request(n: int = 0, **fields: Any) -> Any:
    visit = Visit(id=an_id(n), date=START.date())
    slot = {"kind": "checkup", "department": "D01", "session": "morning", "date": START.date()}
    return asked(RegistrationRequested, n, **{"visit": visit, **slot, **fields})


def registered(**fields: Any) -> Any:
    slot = {"kind": "checkup", "department": "D01", "session": "morning", "date": START.date()}
    return fact(VisitRegistered, **{**slot, **fields})


def refused(code: str, n: int = 0) -> Any:
    return fact(RegistrationRefused, visit=Visit(id=an_id(n), date=START.date()), code=code)


ISSUED = of_card(cards.CardIssued, 1, standing="formal")
SUSPENDED = of_card(cards.CardSuspended, 2, reason="lost")
RESTORED = of_card(cards.CardRestored, 3)
RETIRED = of_card(cards.CardsMerged, 4, other=OTHER, side="retired")
BACK = of_card(cards.CardsUnmerged, 5, other=OTHER, side="retired")
KEPT = of_card(cards.CardsMerged, 4, other=OTHER, side="kept")
GRANTED = of_card(cards.ProxyGranted, 6, proxy=OTHER, relation="child")
REVOKED = of_card(cards.ProxyRevoked, 7, proxy=OTHER)
SUSPENSION = fact(VisitSuspended, where=AUTHORITY, code="card_suspended")
RESUMPTION = fact(VisitResumed, where=AUTHORITY)
PRESCRIPTION, ORDER = an_id(800), an_id(801)
STAY = (ISSUED, admission_ordered(10), request(kind="inpatient", admission=ADMISSION))
IN_BED = happened(inpatient.PatientAdmitted, 12, admission=ADMISSION, ward="W1", bed="01", wish=WISH, day=VISIT.date)


class TestACardNobodyIssued:
    def test_without_the_rule_it_opens_visits_as_before(self) -> None:
        given().when(request()).then(registered())

    def test_before_the_rules_day_too(self) -> None:
        given(reference=NOT_YET).when(request()).then(registered())

    def test_under_the_rule_it_is_waited_for(self) -> None:
        given(reference=ISSUED_ONLY).when(request()).then_held("card_not_issued")

    def test_it_opens_a_visit_once_it_is_issued(self) -> None:
        given(request(), reference=ISSUED_ONLY).when(ISSUED).then(registered())

    def test_it_is_refused_when_it_is_never_issued(self) -> None:
        given(reference=ISSUED_ONLY).when(request()).when_overdue().then(refused("card_not_issued"))


class TestASuspendedCard:
    def test_it_opens_no_visit(self) -> None:
        given(ISSUED, SUSPENDED).when(request()).then(refused("card_suspended"))

    def test_restored_it_does_again(self) -> None:
        given(ISSUED, SUSPENDED, RESTORED).when(request()).then(registered())

    def test_its_open_visits_are_suspended(self) -> None:
        given(ISSUED, request()).when(SUSPENDED).then(SUSPENSION)

    def test_they_are_resumed_with_it(self) -> None:
        given(ISSUED, request(), SUSPENDED).when(RESTORED).then(RESUMPTION)

    def test_a_suspension_of_a_card_without_visits_says_nothing(self) -> None:
        given(ISSUED).when(SUSPENDED).then_nothing()

    def test_a_visit_that_ended_is_not_suspended(self) -> None:
        cancelled = asked(RegistrationCancellationRequested, 20)
        given(ISSUED, request(), cancelled).when(SUSPENDED).then_nothing()

    def test_a_stay_that_waits_for_a_bed_is_suspended(self) -> None:
        given(*STAY).when(SUSPENDED).then(SUSPENSION)

    def test_who_lies_in_a_bed_is_cared_for(self) -> None:
        given(*STAY, IN_BED).when(SUSPENDED).then_nothing()
        given(*STAY, IN_BED, SUSPENDED).when(RESTORED).then_nothing()

    def test_who_came_into_a_bed_meanwhile_is_cared_for_too(self) -> None:
        given(*STAY, SUSPENDED).when(IN_BED).then(fact(VisitResumed))
        given(*STAY, SUSPENDED, IN_BED).when(RESTORED).then_nothing()

    def test_an_admission_with_a_card_in_use_says_nothing(self) -> None:
        given(*STAY).when(IN_BED).then_nothing()

    def test_its_visits_can_still_be_cancelled(self) -> None:
        given(ISSUED, request(), SUSPENDED).when(asked(RegistrationCancellationRequested, 20)).then(
            fact(registration.VisitCancelled)
        )


class TestAMergedCard:
    def test_it_opens_no_visit(self) -> None:
        given(ISSUED, RETIRED).when(request()).then(refused("card_merged"))

    def test_its_open_visits_are_suspended(self) -> None:
        given(ISSUED, request()).when(RETIRED).then(fact(VisitSuspended, where=AUTHORITY, code="card_merged"))

    def test_unmerged_they_are_resumed(self) -> None:
        given(ISSUED, request(), RETIRED).when(BACK).then(RESUMPTION)

    def test_unmerged_but_suspended_they_are_not(self) -> None:
        given(ISSUED, request(), SUSPENDED, RETIRED).when(BACK).then_nothing()

    def test_the_card_that_is_kept_goes_on_as_before(self) -> None:
        given(ISSUED, KEPT).when(request()).then(registered())


class TestAProxy:
    def test_who_was_granted_registers_for_the_holder(self) -> None:
        given(ISSUED, GRANTED).when(request(proxy=OTHER)).then(registered(proxy=OTHER))

    def test_a_grant_that_may_still_come_is_waited_for(self) -> None:
        given(ISSUED).when(request(proxy=OTHER)).then_held("proxy_not_granted")

    def test_after_a_revocation_nobody_waits(self) -> None:
        given(ISSUED, GRANTED, REVOKED).when(request(proxy=OTHER)).then(refused("proxy_revoked"))

    @pytest.mark.parametrize("kind", [RegistrationCancellationRequested, VisitCloseRequested])
    def test_revoked_in_the_middle_of_a_visit_they_do_not_end_it(self, kind: Any) -> None:
        ending = asked(kind, 20, proxy=OTHER)
        story = given(ISSUED, GRANTED, request(proxy=OTHER), REVOKED).when(ending)
        assert [one.code for one in story.said] == ["proxy_revoked"]  # type: ignore[attr-defined]

    def test_only_so_many_revoked_ones_are_remembered(self) -> None:
        many = [of_card(cards.ProxyRevoked, n, proxy=f"{n:064x}") for n in range(100, 140)]
        assert len(given(*many).stream.state.card.proxies) == 16


class TestEntitlements:
    def entitled(self, **fields: Any) -> Any:
        return of_card(cards.EntitlementGranted, 8, **fields)

    def test_a_visit_carries_what_its_card_entitles_to(self) -> None:
        free = self.entitled(entitlement="five_free")
        given(ISSUED, free).when(request()).then(registered(entitlements=["five_free"]))

    def test_treat_first_makes_its_visits_treat_first(self) -> None:
        given(ISSUED, self.entitled(entitlement="treat-first")).when(request()).then(
            registered(treat_first=True, entitlements=["treat-first"])
        )

    def test_it_counts_on_its_last_day(self) -> None:
        free = self.entitled(entitlement="five_free", until=START.date())
        given(ISSUED, free).when(request()).then(registered(entitlements=["five_free"]))

    def test_and_not_after_it(self) -> None:
        given(ISSUED, self.entitled(entitlement="five_free", until=date(2026, 11, 23))).when(request()).then(
            registered()
        )

    def test_it_ends(self) -> None:
        ended = of_card(cards.EntitlementEnded, 9, entitlement="five_free")
        given(ISSUED, self.entitled(entitlement="five_free"), ended).when(request()).then(registered())

    def test_how_surely_the_card_was_shown_goes_along(self) -> None:
        given(ISSUED).when(request(assurance="high")).then(registered(assurance="high"))


SUSPENDED_VISIT = happened(VisitSuspended, 30, code="card_suspended")
RESUMED_VISIT = happened(VisitResumed, 31)


class TestTheStepsOfASuspendedVisit:
    def prescribed(self) -> list[Any]:
        line: dict[str, Any] = {
            "consultation": an_id(700), "order": ORDER, "prescription": PRESCRIPTION, "line": 1, "code": "N02BE01",
            "display": "Paracetamol", "quantity": "1", "unit": "box", "dosage": "", "days": 1, "treat_first": True,
        }  # fmt: skip
        accepted: dict[str, Any] = {"consultation": an_id(700), "orders": [ORDER], "prescription": PRESCRIPTION}
        review = happened(edge.PrescriptionReviewed, 10, prescription=PRESCRIPTION, verdict="passed")
        return [
            happened(consultation.MedicationPrescribed, 1, **line),
            happened(consultation.ConsultationAccepted, 2, **accepted),
            review,
        ]

    def ordered(self) -> Any:
        test: dict[str, Any] = {
            "order": ORDER,
            "consultation": an_id(700),
            "code": "2823-3",
            "display": "K",
            "specimen": "blood",
        }
        return happened(consultation.LabTestOrdered, 1, treat_first=True, **test)

    def test_a_consultation_is_irregular(self) -> None:
        record = happened(
            edge.ConsultationRecorded, 40, diagnoses=[edge.Diagnosis(code="J06.9", display="急性上呼吸道感染")]
        )
        open_ = happened(VisitRegistered, 1, kind="outpatient", department="D01", session="morning", date=VISIT.date)
        given_by(CONSULTATION, open_, SUSPENDED_VISIT).when(record).then(
            fact(consultation.ConsultationIrregular, consultation=record.id, code="visit_suspended", act=record)
        )

    def test_a_specimen_is_irregular(self) -> None:
        collected = happened(edge.SpecimenCollected, 40, order=ORDER, specimen=an_id(802), kind="blood")
        given_by(LAB, self.ordered(), SUSPENDED_VISIT).when(collected).then(
            fact(lab.SpecimenIrregular, code="visit_suspended", act=collected)
        )

    def test_the_result_of_a_specimen_taken_before_is_reported(self) -> None:
        collected = happened(edge.SpecimenCollected, 20, order=ORDER, specimen=an_id(802), kind="blood")
        analyte = edge.Analyte(code="2823-3", display="K", value="4.0", unit="mmol/L")
        result = happened(edge.LabResultEntered, 40, order=ORDER, specimen=an_id(802), analytes=[analyte])
        story = given_by(LAB, self.ordered(), collected, SUSPENDED_VISIT).when(result)
        assert [type(one) for one in story.said] == [lab.LabResultReported]

    def test_a_review_is_welcome(self) -> None:
        *ordered, review = self.prescribed()
        story = given_by(PHARMACY, *ordered, SUSPENDED_VISIT).when(review)
        assert [type(one) for one in story.said] == [pharmacy.MedicationReady]

    def test_nothing_is_released(self) -> None:
        pickup = asked(edge.MedicationPickupRequested, 40, prescription=PRESCRIPTION)
        given_by(PHARMACY, *self.prescribed(), SUSPENDED_VISIT).when(pickup).then(
            fact(pharmacy.PickupRefused, prescription=PRESCRIPTION, code="visit_suspended")
        )

    def test_a_hand_over_is_irregular(self) -> None:
        lines = [edge.HandedLine(order=ORDER, quantity="1")]
        handed = happened(edge.MedicationHandedOver, 40, prescription=PRESCRIPTION, lines=lines)
        given_by(PHARMACY, *self.prescribed(), SUSPENDED_VISIT).when(handed).then(
            fact(pharmacy.DispensingIrregular, code="visit_suspended", act=handed)
        )

    def test_resumed_it_goes_on(self) -> None:
        pickup = asked(edge.MedicationPickupRequested, 40, prescription=PRESCRIPTION)
        story = given_by(PHARMACY, *self.prescribed(), SUSPENDED_VISIT, RESUMED_VISIT).when(pickup)
        assert [type(one) for one in story.said] == [pharmacy.PickupReleased]
