"""Billing where the insurer settles by call: what it wants, and what it says to each answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.billing.service import SERVICE
from services.billing.settlement import Year
from shared.events import Event, lab
from shared.events.base import Where, derive
from shared.events.billing import BillSettled, ChargeLapsed, ChargeReversed, OrderCleared, RefundAsked
from shared.events.billing_deposits import AccountClosed, DepositApplied, DepositReturned
from shared.events.billing_insurer import (
    InsurerAnswerIrregular,
    InsurerAnswerNoted,
    SettlementOverdue,
    SettlementReversalOverdue,
    SettlementReversalWanted,
    SettlementReversed,
    SettlementWanted,
)
from shared.events.consultation import ConsultationAccepted, LabTestOrdered
from shared.events.edge import PaymentTendered
from shared.events.edge_inpatient import DepositTendered
from shared.events.edge_insurer import InsuredLine, InsurerAnswered
from shared.events.inpatient import DischargeOrdered, InpatientServiceRecorded, PatientDischarged
from shared.events.registration import VisitRegistered
from shared.reference import Reference
from shared.reference.data import Dated
from tests.laws.more_acts import SUMMARY
from tests.support import spec
from tests.support.insured import FREE, A, C, insured
from tests.support.spec import ANOTHER_DAY, CARD, VISIT, WHERE, an_id, happened

PRICES = {"reg:outpatient": 0, "reg:inpatient": 0, "plain": 3_001, "dear": 10_000, "huge": 120_000}
REFERENCE = insured(
    Reference(prices=Dated.of((item, date(2026, 1, 1), fen) for item, fen in PRICES.items())),
    {"plain": A, "dear": A, "huge": A, "reg:outpatient": C},
    {"plain": "blood_count"},
    settles="port",
)
GATEWAY = Where(institution="insurer", terminal="insurer-1", channel="insurer")
SEEN = an_id(50)
BILL = derive(SEEN, "bill")
PLAIN, DEAR = (derive(SEEN, item) for item in ("plain", "dear"))


def charge(order: str) -> str:
    return derive(order, "charge")


def given(*events: Event) -> spec.Given:
    return spec.given(SERVICE, *events, reference=REFERENCE)


def registers(n: int = 1, kind: str = "outpatient", **fields: Any) -> Any:
    usual = {"kind": kind, "department": "D01", "session": "morning", "date": VISIT.date}
    return happened(VisitRegistered, n, **{**usual, **fields})


def orders(*items: str, seen: str = SEEN, n: int = 2, **fields: Any) -> tuple[Any, ...]:
    ids = [derive(seen, item) for item in items]
    told = [
        happened(LabTestOrdered, n + k, consultation=seen, order=id, code=item, display=item, specimen="B", **fields)
        for k, (id, item) in enumerate(zip(ids, items, strict=True))
    ]
    return (*told, happened(ConsultationAccepted, n + len(items), consultation=seen, orders=ids))


def cancels(order: str, n: int = 15) -> Any:
    return happened(lab.OrderCancelled, n, order=order)


def pays(amount: int, n: int = 18) -> Any:
    return happened(PaymentTendered, n, bill=BILL, amount=amount, method="cash", reference=f"R{n}")


def answers(n: int = 20, **fields: Any) -> Any:
    usual = {"where": GATEWAY, "bill": BILL, "outcome": "done"}
    return happened(InsurerAnswered, n, **{**usual, **fields})


def settles(n: int = 20, **insurer: int) -> Any:
    """The insurer settles the bill of these items, and pays so much of each."""
    lines = [InsuredLine(charge=charge(derive(SEEN, item)), insurer=fen) for item, fen in insurer.items()]
    return answers(n, reference="S1", lines=lines)


def reversal(order: str, n: int = 40, **fields: Any) -> Any:
    return answers(n, charge=charge(order), reference="V1", **fields)


WANTED = (registers(), *orders("plain", "dear"))
SETTLED = (*WANTED, settles(plain=2_000, dear=7_000))


def names(story: spec.Given) -> list[str]:
    return [type(fact).__name__ for fact in story.said]


def told(story: spec.Given, kind: type[Any]) -> Any:
    return next(fact for fact in story.said if isinstance(fact, kind))


def code_of(story: spec.Given, kind: type[Any]) -> str:
    assert names(story) == [kind.__name__]
    return str(told(story, kind).code)


class TestWanted:
    def test_a_bill_is_wanted_settled_as_the_local_rules_would(self) -> None:
        story = given(*WANTED[:-1]).when(WANTED[-1])
        assert names(story) == ["SettlementWanted"]
        wanted = told(story, SettlementWanted)
        assert [(line.amount, line.insurer) for line in wanted.lines] == [(3_001, 923), (10_000, 3_077)]
        assert (wanted.bill, wanted.scheme, wanted.category) == (BILL, "resident", "outpatient")

    def test_a_bill_of_nothing_is_settled_at_once(self) -> None:
        assert names(given().when(registers())) == ["ChargeRaised", "BillSettled", "OrderCleared"]

    def test_who_pays_alone_is_not_asked_about(self) -> None:
        events = (registers(payer="self"), *orders("plain"))
        assert names(given(*events[:-1]).when(events[-1])) == ["BillSettled"]

    def test_the_same_consultation_again_wants_nothing_again(self) -> None:
        again = happened(ConsultationAccepted, 16, consultation=SEEN, orders=[PLAIN, DEAR])
        given(*WANTED).when(again).then_nothing()

    def test_the_next_bill_counts_on_what_is_wanted(self) -> None:
        """The cap of 4000 is all in the first."""
        events = orders("plain", seen=an_id(60), n=10)
        story = given(*WANTED, *events[:-1]).when(events[-1])
        assert [line.insurer for line in told(story, SettlementWanted).lines] == [0]

    def test_nothing_counts_before_it_is_settled(self) -> None:
        assert given(*WANTED).stream.state.year == Year()

    def test_a_payment_waits_for_the_bill(self) -> None:
        given(*WANTED).when(pays(4_001)).then_held("bill_not_seen")

    def test_a_payment_that_waited_pays_what_the_insurer_leaves(self) -> None:
        story = given(*WANTED, pays(4_001)).when(settles(plain=2_000, dear=7_000))
        assert names(story) == ["BillSettled", "PaymentReceived", "OrderCleared", "OrderCleared"]

    def test_nothing_lapses_while_it_waits_and_people_are_told_once(self) -> None:
        story = given(*WANTED).when_overdue(BILL)
        assert code_of(story, SettlementOverdue) == "insurer_silent"
        assert story.when_overdue(BILL).stream.timers == ()

    def test_an_answer_settles_it_whenever_it_comes(self) -> None:
        story = given(*WANTED).when_overdue(BILL).when(settles(plain=2_000, dear=7_000))
        assert names(story) == ["BillSettled"]

    def test_after_the_answer_its_deadline_says_nothing(self) -> None:
        story = given(*SETTLED)
        timer = next(timer for timer in story.stream.timers if timer.why == "insurer")
        story.said = []
        assert timer.about == BILL
        assert [fact for fact in story.when_overdue(BILL).said if isinstance(fact, SettlementOverdue)] == []


class TestAnswered:
    def test_a_bill_is_settled_by_what_the_insurer_pays(self) -> None:
        bill = told(given(*WANTED).when(settles(plain=2_000, dear=7_000)), BillSettled)
        assert [(line.insurer, line.own_share) for line in bill.lines] == [(2_000, 1_001), (7_000, 3_000)]
        assert (bill.total, bill.own_share, bill.settlement, bill.refused) == (13_001, 4_001, "S1", None)

    def test_the_bill_is_where_its_visit_is_not_where_the_gateway_is(self) -> None:
        assert told(given(*WANTED).when(settles(plain=0, dear=0)), BillSettled).where == WHERE

    def test_it_lapses_from_the_answer_on_where_its_visit_is(self) -> None:
        story = given(*SETTLED).when_overdue(BILL)
        lapsed = [fact for fact in story.said if isinstance(fact, ChargeLapsed)]
        assert [(fact.order, fact.where) for fact in lapsed] == [(PLAIN, WHERE), (DEAR, WHERE)]

    def test_the_year_has_what_the_insurer_says_it_had(self) -> None:
        lines = [
            InsuredLine(charge=charge(PLAIN), insurer=2_000, major_illness=500, counted=1_001, deductible=7),
            InsuredLine(charge=charge(DEAR), insurer=7_000),
        ]
        state = given(*WANTED).when(answers(reference="S1", lines=lines)).stream.state
        assert state.year == Year(outpatient=9_000, counted=1_001, major_illness=500)
        assert state.deductibles == {VISIT.id: 7}

    def test_what_the_insurer_leaves_of_a_free_item_is_waived(self) -> None:
        events = (registers(entitlements=[FREE]), *orders("plain"))
        bill = told(given(*events).when(settles(plain=2_000)), BillSettled)
        assert [(line.insurer, line.waiver, line.own_share) for line in bill.lines] == [(2_000, 1_001, 0)]

    def test_what_owes_nothing_is_cleared(self) -> None:
        story = given(*WANTED).when(settles(plain=3_001, dear=10_000))
        assert names(story) == ["BillSettled", "OrderCleared", "OrderCleared"]

    def test_every_line_says_by_whom_it_was_settled(self) -> None:
        bill = told(given(*WANTED).when(settles(plain=2_000, dear=0)), BillSettled)
        assert [[(one.rule, one.base, one.amount) for one in line.why] for line in bill.lines] == [
            [("insurer_reported", 3_001, 2_000)],
            [("insurer_reported", 10_000, 0)],
        ]

    def test_refused_all_of_it_is_the_residents(self) -> None:
        bill = told(given(*WANTED).when(answers(outcome="refused", reason="NOT-ENROLLED")), BillSettled)
        assert [(line.insurer, line.own_share) for line in bill.lines] == [(0, 3_001), (0, 10_000)]
        assert (bill.refused, bill.settlement) == ("NOT-ENROLLED", None)

    def test_an_unknown_outcome_settles_nothing(self) -> None:
        story = given(*WANTED).when(answers(outcome="unknown", reason="timeout"))
        assert code_of(story, InsurerAnswerNoted) == "outcome_unknown"

    def test_after_an_unknown_outcome_the_known_one_counts(self) -> None:
        story = given(*WANTED, answers(19, outcome="unknown")).when(settles(plain=2_000, dear=7_000))
        assert names(story) == ["BillSettled"]

    def test_treat_first_is_settled_and_never_lapses(self) -> None:
        events = (registers(treat_first=True), *orders("plain", treat_first=True))
        story = given(*events, settles(plain=2_000))
        assert [timer.why for timer in story.stream.timers] == ["insurer"]


class TestUnfit:
    def unfit(self, **fields: Any) -> None:
        assert code_of(given(*WANTED).when(answers(**fields)), InsurerAnswerNoted) == "split_unfit"

    def test_without_a_reference_nothing_is_settled(self) -> None:
        self.unfit(lines=[InsuredLine(charge=charge(PLAIN)), InsuredLine(charge=charge(DEAR))])

    def test_a_missing_line_fits_nothing(self) -> None:
        self.unfit(reference="S1", lines=[InsuredLine(charge=charge(PLAIN))])

    def test_a_line_twice_fits_nothing(self) -> None:
        lines = [InsuredLine(charge=charge(order)) for order in (PLAIN, DEAR, DEAR)]
        self.unfit(reference="S1", lines=lines)

    def test_nobody_pays_more_than_the_charge(self) -> None:
        over = InsuredLine(charge=charge(PLAIN), insurer=3_000, major_illness=2)
        self.unfit(reference="S1", lines=[over, InsuredLine(charge=charge(DEAR))])

    def test_no_more_counts_than_was_left(self) -> None:
        over = InsuredLine(charge=charge(PLAIN), insurer=3_000, counted=2)
        self.unfit(reference="S1", lines=[over, InsuredLine(charge=charge(DEAR))])


class TestLate:
    def test_the_same_answer_again_is_noted(self) -> None:
        assert code_of(given(*SETTLED).when(settles(21, plain=2_000, dear=7_000)), InsurerAnswerNoted) == (
            "answer_repeated"
        )

    def test_a_refusal_again_is_noted(self) -> None:
        story = given(*WANTED, answers(outcome="refused")).when(answers(21, outcome="refused"))
        assert code_of(story, InsurerAnswerNoted) == "answer_repeated"

    def test_a_late_unknown_changes_nothing(self) -> None:
        assert code_of(given(*SETTLED).when(answers(21, outcome="unknown")), InsurerAnswerNoted) == "outcome_unknown"

    def test_another_outcome_than_the_first_is_irregular(self) -> None:
        story = given(*SETTLED).when(answers(21, outcome="refused"))
        assert code_of(story, InsurerAnswerIrregular) == "answered_otherwise"

    def test_an_answer_nobody_wanted_is_irregular(self) -> None:
        assert code_of(given(registers()).when(settles(plain=1)), InsurerAnswerIrregular) == "settlement_not_wanted"

    def test_an_answer_that_names_another_day_is_irregular(self) -> None:
        story = given(*WANTED).when(answers(visit=ANOTHER_DAY, reference="S1"))
        assert code_of(story, InsurerAnswerIrregular) == "visit_mismatch"

    def test_a_late_answer_that_names_another_day_is_irregular(self) -> None:
        story = given(*SETTLED).when(answers(21, visit=ANOTHER_DAY, reference="S1"))
        assert code_of(story, InsurerAnswerIrregular) == "visit_mismatch"

    def test_what_is_irregular_is_at_the_hospital_and_keeps_the_report_whole(self) -> None:
        report = answers(21, outcome="refused")
        fact = told(given(*SETTLED).when(report), InsurerAnswerIrregular)
        assert (fact.where, fact.act.where) == (WHERE, GATEWAY)


class TestTakenBack:
    def test_a_line_that_is_over_goes_back_to_the_insurer(self) -> None:
        story = given(*SETTLED).when(cancels(PLAIN, 30))
        assert names(story) == ["ChargeReversed", "SettlementReversalWanted"]
        wanted = told(story, SettlementReversalWanted)
        assert (wanted.charge, wanted.insurer, wanted.reference) == (charge(PLAIN), 2_000, "S1")

    def test_the_residents_refund_does_not_wait_for_it(self) -> None:
        story = given(*SETTLED, pays(4_001, 25)).when(cancels(PLAIN, 30))
        assert names(story) == ["ChargeReversed", "RefundAsked", "SettlementReversalWanted"]
        assert told(story, RefundAsked).amount == 1_001

    def test_what_lapses_goes_back_too(self) -> None:
        story = given(*SETTLED).when_overdue(BILL)
        back = [fact.charge for fact in story.said if isinstance(fact, SettlementReversalWanted)]
        assert back == [charge(PLAIN), charge(DEAR)]

    def test_of_a_refused_bill_nothing_goes_back(self) -> None:
        story = given(*WANTED, answers(outcome="refused")).when(cancels(PLAIN, 30))
        assert names(story) == ["ChargeReversed"]

    def test_what_is_cancelled_while_it_waits_is_reversed_after_its_bill(self) -> None:
        given(*WANTED).when(cancels(PLAIN)).then_nothing()
        story = given(*WANTED, cancels(PLAIN)).when(settles(plain=2_000, dear=7_000))
        assert names(story) == ["BillSettled", "ChargeReversed", "SettlementReversalWanted"]
        assert told(story, ChargeReversed).insurer == 2_000
        assert story.stream.state.year == Year(outpatient=7_000)

    def test_what_only_waited_for_the_cancelled_is_cleared(self) -> None:
        story = given(*WANTED, cancels(PLAIN)).when(settles(plain=2_000, dear=10_000))
        assert [fact.order for fact in story.said if isinstance(fact, OrderCleared)] == [DEAR]

    def test_nothing_cancelled_is_cleared(self) -> None:
        story = given(*WANTED, cancels(PLAIN)).when(settles(plain=3_001, dear=10_000))
        assert [fact.order for fact in story.said if isinstance(fact, OrderCleared)] == [DEAR]

    def test_the_insurer_confirms(self) -> None:
        story = given(*SETTLED, cancels(PLAIN, 30)).when(reversal(PLAIN))
        assert names(story) == ["SettlementReversed"]
        fact = told(story, SettlementReversed)
        assert (fact.charge, fact.reference, fact.where) == (charge(PLAIN), "V1", WHERE)

    def test_a_confirmation_again_is_noted(self) -> None:
        story = given(*SETTLED, cancels(PLAIN, 30), reversal(PLAIN)).when(reversal(PLAIN, 41))
        assert code_of(story, InsurerAnswerNoted) == "answer_repeated"

    def test_an_unknown_reversal_is_waited_for(self) -> None:
        story = given(*SETTLED, cancels(PLAIN, 30), reversal(PLAIN, outcome="unknown")).when(reversal(PLAIN, 41))
        assert names(story) == ["SettlementReversed"]

    def test_a_refused_reversal_is_for_people(self) -> None:
        story = given(*SETTLED, cancels(PLAIN, 30)).when(reversal(PLAIN, outcome="refused"))
        assert code_of(story, InsurerAnswerIrregular) == "reversal_refused"
        assert story.stream.state.asks == {}

    def test_a_reversal_nobody_answers_is_for_people(self) -> None:
        story = given(*SETTLED, cancels(PLAIN, 30)).when_overdue(charge(PLAIN))
        assert code_of(story, SettlementReversalOverdue) == "insurer_silent"

    def test_a_reversal_nobody_wanted_is_irregular(self) -> None:
        assert code_of(given(*SETTLED).when(reversal(PLAIN)), InsurerAnswerIrregular) == "answered_otherwise"


class TestStay:
    ORDER = an_id(70)
    GIVEN = happened(
        InpatientServiceRecorded, 5, order=ORDER, kind="nursing", item="huge", display="huge", quantity="1", unit="d",
        day=VISIT.date,
    )  # fmt: skip
    ASKED = happened(DischargeOrdered, 8, orders=[ORDER])
    DEPOSIT = happened(DepositTendered, 3, amount=50_000, method="cash", reference="D1")
    HOME = happened(PatientDischarged, 9, summary=SUMMARY, admitted=VISIT.date, day=VISIT.date)

    def settled(self) -> Any:
        line = InsuredLine(charge=charge(self.ORDER), insurer=88_000)
        return answers(30, bill=self.ASKED.derive("bill"), reference="S2", lines=[line])

    def stay(self, *more: Event) -> spec.Given:
        return given(registers(kind="inpatient"), self.DEPOSIT, self.GIVEN, self.ASKED, *more)

    def test_a_deposit_pays_once_the_insurer_has_settled(self) -> None:
        story = self.stay().when(self.settled())
        assert names(story) == ["BillSettled", "DepositApplied", "OrderCleared"]
        assert told(story, DepositApplied).amount == 32_000

    def test_who_goes_home_before_is_given_nothing_back_yet(self) -> None:
        self.stay().when(self.HOME).then_nothing()

    def test_the_answer_then_settles_the_account(self) -> None:
        story = self.stay(self.HOME).when(self.settled())
        assert told(story, DepositReturned).amount == 18_000
        assert told(story, AccountClosed).where == WHERE

    def test_it_is_all_about_the_one_card(self) -> None:
        said = self.stay(self.HOME).when(self.settled()).said
        assert {fact.card if isinstance(fact, Event) else fact for fact in said} == {CARD}
