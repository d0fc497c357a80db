"""guide, told by what it tells: one class per listener, one outcome per test."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.guide.desks import DESKS, OVERDUE, Desk, index, items, with_overdue
from services.guide.money import EXPLAINED
from services.guide.service import SERVICE
from services.guide.state import INITIAL, State
from services.guide.view import answer, standing
from shared.events import billing, consultation, edge, examination, intake, lab, pharmacy, registration
from shared.events.base import Where
from shared.events.billing_insurer import SettlementWanted
from shared.events.runtime import IrregularityResolved, RequestHeld
from tests.support import guided as the
from tests.support.guided import after, said
from tests.support.spec import START, an_id, asked, given

ELSEWHERE = Where(institution="H02", department="D09", terminal="T09", channel="window")
suspended = said(registration.VisitSuspended, 98, an_id(97), code="card_suspended")
resumed = said(registration.VisitResumed, 99, an_id(96))
image_wanted = said(
    consultation.ExaminationOrdered, 12, the.RECORDED,
    consultation=the.RECORDED, order=an_id(951), code="24627-2", display="CT Chest", modality="CT",
)  # fmt: skip
image_cleared = said(billing.OrderCleared, 55, the.PAID, order=an_id(951), how="paid")
image_timed = said(examination.ExaminationScheduled, 56, an_id(57), order=an_id(951), at=START)
image_made = said(
    examination.ExaminationCompleted, 58, order=an_id(951), code="24627-2", display="CT Chest", modality="CT"
)
IMAGE = (*the.DONE, image_wanted, image_cleared)


def steps(state: State) -> list[str]:
    return [step["step"] for step in standing(state)["next"]]


def busy(state: State) -> dict[str, Any]:
    """The desks that have something to do, and whose."""
    return {desk: value for desk, value in index(state).items() if desk in DESKS and value is not None}


class TestTheResident:
    def test_is_told_that_nothing_is_known_yet(self) -> None:
        assert standing(INITIAL)["visit"]["status"] == "not_seen"

    def test_waits_while_the_registration_is_decided(self) -> None:
        assert steps(after(the.requested)) == ["registering"]

    def test_goes_to_the_doctor_once_registered(self) -> None:
        told = standing(after(*the.REGISTERED))
        assert [(step["step"], step["about"]) for step in told["next"]] == [("consultation", ["D01"])]

    def test_is_told_why_the_registration_was_refused(self) -> None:
        refused = said(registration.RegistrationRefused, 1, the.REQUESTED, code="session_unknown")
        assert standing(after(the.requested, refused))["visit"]["why"]["code"] == "session_unknown"

    def test_is_told_why_intake_refused_the_registration(self) -> None:
        refused = said(
            intake.RequestRefused, 1, the.REQUESTED,
            request=the.REQUESTED, request_type=edge.RegistrationRequested.TYPE, code="past_good_until",
        )  # fmt: skip
        assert standing(after(refused))["visit"]["why"]["zh"] == "请求已过有效时间，请重新办理"

    def test_keeps_the_visit_when_only_its_cancellation_is_refused(self) -> None:
        refused = said(registration.RegistrationRefused, 9, an_id(8), code="consultation_started")
        assert standing(after(*the.ORDERED, refused))["visit"]["status"] == "registered"

    def test_pays_what_is_owed(self) -> None:
        told = standing(after(*the.ORDERED))["owed"]
        assert (told["fen"], told["bills"][0]["bill"]) == (2000, the.BILL)

    def test_sees_what_each_line_of_the_bill_is_for(self) -> None:
        lines = standing(after(*the.ORDERED))["owed"]["bills"][0]["lines"]
        assert [(line["display"], line["fen"]) for line in lines] == [("Potassium", 1200), ("Paracetamol", 800)]

    def test_is_told_in_words_why_each_line_costs_what_it_does(self) -> None:
        [line] = standing(after(*the.ORDERED[:-1], the.insured))["owed"]["bills"][0]["lines"]
        assert [(one["zh"], one["en"], one.get("share"), one["amount"]) for one in line["why"]] == [
            ("甲类，全部纳入报销", "Class A: all of it is covered", None, 1200),
            ("门诊统筹支付", "Insurance pays for outpatients", "0.6", 720),
        ]

    def test_is_told_what_each_payer_took_of_a_line(self) -> None:
        [line] = standing(after(*the.ORDERED[:-1], the.insured))["owed"]["bills"][0]["lines"]
        assert (line["amount"], line["insurer"], line["major_illness"], line["waiver"], line["fen"]) == (
            1200, 720, 0, 0, 480,
        )  # fmt: skip

    def test_has_no_receipt_of_what_is_still_owed(self) -> None:
        assert standing(after(*the.ORDERED))["receipts"] == []

    def test_gets_a_receipt_that_says_why_once_the_bill_is_paid(self) -> None:
        [receipt] = standing(after(*the.ORDERED[:-1], the.insured, the.paid))["receipts"]
        assert (receipt["status"], receipt["fen"], receipt["insurer"], receipt["lines"][0]["why"][1]["zh"]) == (
            "paid", 480, 720, "门诊统筹支付",
        )  # fmt: skip

    def test_gets_a_receipt_of_what_payers_took_whole(self) -> None:
        line = billing.BillLine(charge=the.TEST_CHARGE, order=the.TEST, amount=1200, waiver=1200, own_share=0)
        waived = said(billing.BillSettled, 16, bill=the.BILL, total=1200, own_share=0, lines=[line])
        [receipt] = standing(after(*the.REGISTERED, waived))["receipts"]
        assert (receipt["status"], receipt["amount"], receipt["waiver"]) == ("covered", 1200, 1200)

    def test_finds_no_reversed_line_on_a_receipt(self) -> None:
        reversed_ = said(
            billing.ChargeReversed, 60,
            charge=the.LINE_CHARGE, order=the.LINE, bill=the.BILL, amount=800, own_share=800, paid=True,
        )  # fmt: skip
        [receipt] = standing(after(*the.CLEARED, reversed_))["receipts"]
        assert ([line["order"] for line in receipt["lines"]], receipt["amount"]) == ([the.TEST], 1200)

    def test_still_sees_the_sums_of_a_bill_too_old_to_be_explained(self) -> None:
        bills = [the.insured.model_copy(update={"bill": an_id(2000 + n)}) for n in range(EXPLAINED + 1)]
        lines = [bill["lines"][0] for bill in standing(after(*the.ORDERED[:-1], *bills))["owed"]["bills"]]
        assert [(lines[n]["fen"], bool(lines[n]["why"])) for n in (0, 1)] == [(480, False), (480, True)]

    def test_owes_nothing_after_paying(self) -> None:
        assert standing(after(*the.CLEARED))["owed"] == {"fen": 0, "bills": []}

    def test_owes_less_when_a_line_is_reversed(self) -> None:
        reversed_ = said(
            billing.ChargeReversed, 18,
            charge=the.LINE_CHARGE, order=the.LINE, bill=the.BILL, amount=800, own_share=800, paid=False,
        )  # fmt: skip
        assert standing(after(*the.ORDERED, reversed_))["owed"]["fen"] == 1200

    def test_owes_nothing_for_what_lapsed(self) -> None:
        lapsed = [
            said(billing.ChargeLapsed, 400 + n, charge=charge, order=order, bill=the.BILL, amount=1)
            for n, (charge, order) in enumerate(((the.TEST_CHARGE, the.TEST), (the.LINE_CHARGE, the.LINE)))
        ]
        assert steps(after(*the.ORDERED, *lapsed)) == ["finished"]

    def test_waits_for_the_bill_of_what_was_just_ordered(self) -> None:
        assert "settling" in steps(after(*the.REGISTERED, the.test_wanted, the.line_wanted, the.accepted))

    def test_waits_for_the_insurer_that_was_asked_to_settle_the_bill(self) -> None:
        wanted = said(
            SettlementWanted, 12, bill=the.BILL, lines=the.settled.lines, total=2000, own_share=2000,
            scheme="resident", rules_of=START.date(), category="outpatient", level="3",
        )  # fmt: skip
        asked = after(*the.ORDERED[:-1], wanted)
        assert "insuring" in steps(asked)
        assert "insuring" not in steps(after(*the.ORDERED[:-1], wanted, the.settled))

    def test_is_not_done_while_an_insurer_settles_a_bill(self) -> None:
        wanted = said(
            SettlementWanted, 90, bill=an_id(1900), lines=the.settled.lines, total=2000, own_share=2000,
            scheme="resident", rules_of=START.date(), category="outpatient", level="3",
        )  # fmt: skip
        assert steps(after(*the.DONE, wanted)) == ["insuring"]

    def test_gives_a_specimen_and_waits_for_the_review_once_paid(self) -> None:
        assert steps(after(*the.CLEARED)) == ["collect", "review"]

    def test_waits_for_the_result_and_fetches_the_medicine(self) -> None:
        assert steps(after(*the.CLEARED, the.collected, the.reviewed)) == ["report", "pickup"]

    def test_is_done_when_everything_is_done(self) -> None:
        assert steps(after(*the.DONE)) == ["finished"]

    def test_sees_what_is_done(self) -> None:
        done = [step["step"] for step in standing(after(*the.DONE))["done"]]
        assert done == ["registered", "consultation", "paid", "collected", "reported", "dispensed"]

    def test_sees_that_a_result_is_ready(self) -> None:
        assert [(one["order"], one["version"]) for one in standing(after(*the.DONE))["results"]] == [(the.TEST, 1)]

    def test_sees_the_newest_version_of_a_result(self) -> None:
        amended = said(
            lab.LabResultAmended, 99, order=the.TEST, test="2823-3", version=2, reason="",
            findings=[lab.Finding(**the.FINDING)],
        )  # fmt: skip
        assert standing(after(*the.DONE, amended))["results"][0]["version"] == 2

    def test_is_told_for_what_a_request_is_held(self) -> None:
        assert [one["code"] for one in standing(after(*the.ORDERED, the.held))["held"]] == ["not_cleared"]

    def test_sees_a_refund_until_it_is_confirmed(self) -> None:
        assert [one["fen"] for one in standing(after(*the.CLEARED, the.refund_asked))["refunds"]] == [800]

    def test_sees_no_refund_that_was_confirmed(self) -> None:
        confirmed = said(billing.RefundConfirmed, 91, refund=the.REFUND, amount=800)
        assert standing(after(*the.CLEARED, the.refund_asked, confirmed))["refunds"] == []

    def test_is_told_of_the_end_of_the_visit(self) -> None:
        assert standing(after(*the.DONE, said(registration.VisitClosed, 95, an_id(94))))["visit"]["status"] == "closed"


class TestAnEdge:
    def test_has_not_been_heard_yet(self) -> None:
        assert answer(INITIAL, the.PAID)["status"] == "not_seen"

    def test_was_admitted(self) -> None:
        assert answer(after(the.tendered), the.PAID)["status"] == "admitted"

    def test_is_held_until_a_moment(self) -> None:
        told = answer(after(the.held), the.FETCHED)
        assert (told["status"], told["code"], told["until"]) == ("held", "not_cleared", "2026-11-24T01:00:00.000Z")

    def test_is_held_for_what_it_waits_for_now(self) -> None:
        again = said(
            RequestHeld, 64, the.FETCHED, request=the.FETCHED, request_type="x", code="not_reviewed", until=START
        )
        assert answer(after(the.held, again), the.FETCHED)["code"] == "not_reviewed"

    def test_is_answered_by_every_fact_of_its_request(self) -> None:
        told = answer(after(*the.CLEARED), the.PAID)
        assert (told["status"], told["by"]) == ("answered", [billing.PaymentReceived.TYPE, billing.OrderCleared.TYPE])

    def test_is_not_answered_by_a_fact_that_only_goes_with_the_answer(self) -> None:
        assert answer(after(the.recorded, the.test_wanted), the.RECORDED)["status"] == "admitted"

    def test_is_refused_even_if_money_comes_back_with_it(self) -> None:
        refused = said(
            billing.PaymentRefused, 51, the.PAID,
            bill=the.BILL, amount=1, reference="P1", due_back=1, code="amount_too_small",
        )  # fmt: skip
        told = answer(after(the.tendered, refused, said(billing.RefundAsked, 52, the.PAID, refund=the.REFUND, amount=1,
                                                        reference="P1")), the.PAID)  # fmt: skip
        assert (told["status"], told["en"]) == ("refused", "The amount is less than what is owed.")

    def test_is_refused_after_being_held(self) -> None:
        refused = said(pharmacy.PickupRefused, 65, the.FETCHED, prescription=the.PRESCRIPTION, code="not_cleared")
        assert answer(after(the.held, refused), the.FETCHED)["status"] == "refused"

    def test_sees_what_keeps_the_visit_open(self) -> None:
        open_ = [registration.OpenItem(kind="bill", id=the.BILL)]
        refused = said(registration.CloseRefused, 97, an_id(96), code="still_open", open=open_)
        assert answer(after(refused), an_id(96))["open"] == [{"kind": "bill", "id": the.BILL}]

    def test_sees_which_visit_stands_in_the_way(self) -> None:
        refused = said(registration.RegistrationRefused, 1, the.REQUESTED, code="already_registered", other=an_id(5))
        assert answer(after(the.requested, refused), the.REQUESTED)["other"] == an_id(5)

    def test_is_told_of_an_irregular_act(self) -> None:
        told = answer(after(the.irregular), the.HANDED)
        assert (told["status"], told["code"], told["resolved"]) == ("irregular", "not_cleared", False)

    def test_is_told_that_an_irregular_act_was_set_right(self) -> None:
        assert answer(after(the.irregular, the.resolved), the.HANDED)["resolved"] is True

    def test_is_told_that_its_resolution_counts(self) -> None:
        told = answer(after(the.irregular, the.resolved), an_id(80))
        assert (told["status"], told["by"]) == ("answered", ["onecard.pharmacy.irregularity-resolved.v1"])


class TestADesk:
    @pytest.mark.parametrize(
        ("events", "desks"),
        [
            ((the.requested,), set()),
            (the.REGISTERED, {"consultation"}),
            (the.ORDERED, {"cashier", "pharmacy_review"}),
            ((*the.ORDERED, the.reviewed), {"cashier"}),
            (the.CLEARED, {"lab_collect", "pharmacy_review"}),
            ((*the.CLEARED, the.collected), {"lab_report", "pharmacy_review"}),
            ((*the.CLEARED, the.collected, the.reported, the.reviewed), {"pharmacy_handover"}),
            ((*the.CLEARED, the.collected, the.reported, the.returned), set()),
            ((*the.DONE, the.flagged), {"lab_critical"}),
            ((*the.DONE, the.flagged, the.acknowledged), set()),
            ((*the.DONE, the.refund_asked), {"cashier"}),
            ((*the.DONE, the.irregular), {"reconcile"}),
            ((*the.DONE, the.irregular, the.resolved), set()),
            ((*the.REGISTERED, said(registration.VisitCancelled, 3, an_id(2))), set()),
        ],
    )
    def test_has_to_do_exactly_what_is_left(self, events: tuple[Any, ...], desks: set[str]) -> None:
        assert busy(after(*events)) == dict.fromkeys(desks, "H01")

    def test_takes_a_specimen_before_payment_when_treat_first(self) -> None:
        first = the.test_wanted.model_copy(update={"treat_first": True}).known(an_id(11), START, START)
        assert "lab_collect" in busy(after(*the.REGISTERED, first, the.accepted))

    def test_collects_nothing_of_a_cancelled_order(self) -> None:
        cancelled = said(lab.OrderCancelled, 54, an_id(53), order=the.TEST)
        assert "lab_collect" not in busy(after(*the.CLEARED, cancelled))

    def test_hands_over_only_when_every_line_is_cleared(self) -> None:
        other = the.line_wanted.model_copy(update={"order": an_id(950)}).known(an_id(17), START, START)
        assert "pharmacy_handover" not in busy(after(*the.CLEARED, other, the.reviewed))

    def test_knows_the_lines_and_quantities_to_hand_over(self) -> None:
        (item,) = items(after(*the.CLEARED, the.reviewed, the.released), "pharmacy_handover")
        assert (item["released"], [(line["order"], line["quantity"]) for line in item["lines"]]) == (
            True,
            [(the.LINE, "2")],
        )

    def test_knows_the_specimen_to_take(self) -> None:
        (item,) = items(after(*the.CLEARED), "lab_collect")
        assert (item["order"], item["code"], item["specimen_kind"]) == (the.TEST, "2823-3", "blood")

    def test_knows_the_specimen_to_measure(self) -> None:
        (item,) = items(after(*the.CLEARED, the.collected), "lab_report")
        assert (item["order"], item["specimen"]) == (the.TEST, the.SPECIMEN)

    def test_sees_the_critical_findings_as_reported(self) -> None:
        (item,) = items(after(*the.DONE, the.flagged), "lab_critical")
        assert (item["findings"][0]["value"], item["findings"][0]["flag"]) == ("7.10", "critical_high")

    def test_sees_how_often_a_critical_value_has_escalated_and_since_when_it_waits(self) -> None:
        (item,) = items(after(*the.DONE, the.flagged, the.escalated), "lab_critical")
        assert (item["escalation"], item["since"]) == (1, "2026-11-24T01:00:42.000Z")

    def test_sees_which_act_to_set_right_and_with_which_service(self) -> None:
        (item,) = items(after(the.irregular), "reconcile")
        assert (item["request"], item["service"], item["about"]) == (the.HANDED, "pharmacy", the.PRESCRIPTION)

    def test_sees_the_day_an_act_named_though_its_visit_is_not_known_or_of_another(self) -> None:
        named = the.irregular.visit.model_copy(update={"date": date(2025, 12, 31)})
        act = the.irregular.model_copy(update={"visit": named}).known(an_id(72), START, START, the.HANDED)
        found = [items(after(*before, act), "reconcile")[0]["date"] for before in ((), the.DONE)]
        assert found == ["2025-12-31", "2025-12-31"]

    def test_sets_right_what_was_done_at_its_own_institution(self) -> None:
        act = the.irregular.model_copy(update={"where": ELSEWHERE}).known(an_id(72), START, START, the.HANDED)
        assert busy(after(*the.DONE, act)) == {"reconcile": "H02"}

    def test_keeps_an_act_that_a_resolution_did_not_find(self) -> None:
        missed = said(IrregularityResolved, 73, an_id(80), irregularity=the.HANDED, resolution="", found=False)
        assert "reconcile" in busy(after(the.irregular, missed))

    def test_is_overdue_only_when_its_span_is_over(self) -> None:
        desk: Desk = "lab_critical"
        found = items(after(*the.DONE, the.flagged), desk)
        flagged_at = START + timedelta(seconds=42)
        late = [with_overdue(found, desk, flagged_at + OVERDUE[desk] + wait)[0]["overdue"]
                for wait in (timedelta(seconds=-1), timedelta())]  # fmt: skip
        assert late == [False, True]

    def test_finds_visits_by_when_they_were_first_heard_of(self) -> None:
        assert index(after(*the.REGISTERED))["since"] == "2026-11-24T01:00:00.000Z"


class TestASuspendedVisit:
    """Its card may not be used: what its services would refuse or call irregular is nobody's work meanwhile."""

    @pytest.mark.parametrize(
        ("events", "before", "meanwhile"),
        [
            (the.REGISTERED, {"consultation"}, set()),
            (the.ORDERED, {"cashier", "pharmacy_review"}, {"cashier", "pharmacy_review"}),
            (the.CLEARED, {"lab_collect", "pharmacy_review"}, {"pharmacy_review"}),
            ((*the.CLEARED, the.collected), {"lab_report", "pharmacy_review"}, {"lab_report", "pharmacy_review"}),
            ((*the.CLEARED, the.collected, the.reported, the.reviewed), {"pharmacy_handover"}, set()),
            ((*the.DONE, the.flagged), {"lab_critical"}, {"lab_critical"}),
            ((*the.DONE, the.refund_asked), {"cashier"}, {"cashier"}),
            ((*the.DONE, the.irregular), {"reconcile"}, {"reconcile"}),
            (IMAGE, {"exam_schedule"}, set()),
            ((*IMAGE, image_timed), {"exam_perform"}, set()),
            ((*IMAGE, image_timed, image_made), {"exam_report"}, {"exam_report"}),
        ],
    )
    def test_is_on_the_lists_of_those_alone_who_may_go_on(
        self, events: tuple[Any, ...], before: set[str], meanwhile: set[str]
    ) -> None:
        found = [set(busy(after(*events, *more))) for more in ((), (suspended,), (suspended, resumed))]
        assert found == [before, meanwhile, before]

    def test_sends_nobody_anywhere_and_says_why(self) -> None:
        told = standing(after(*the.CLEARED, the.reviewed, suspended))
        assert (told["next"], told["visit"]["why"]["code"]) == ([], "card_suspended")

    def test_goes_on_once_it_is_resumed(self) -> None:
        told = standing(after(*the.CLEARED, the.reviewed, suspended, resumed))
        assert ([step["step"] for step in told["next"]], told["visit"].get("why")) == (["collect", "pickup"], None)


class TestTheService:
    def test_says_nothing_whatever_it_hears(self) -> None:
        story = given(SERVICE)
        assert [
            fact for event in (the.requested, asked(edge.VisitCloseRequested, 3)) for fact in story.when(event).said
        ] == []

    def test_says_nothing_when_an_act_of_another_service_is_set_right(self) -> None:
        report = the.said(
            edge.IrregularityResolutionReported, 80, service="pharmacy", irregularity=the.HANDED, resolution="Paid."
        )
        given(SERVICE, the.handed).when(report).then_nothing()
