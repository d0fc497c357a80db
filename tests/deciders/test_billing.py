"""Billing told by its events: a class per state, one outcome per test."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.billing.service import SERVICE
from shared.events import Event, lab, pharmacy
from shared.events.base import Visit, derive
from shared.events.billing import (
    BillLine,
    BillSettled,
    ChargeLapsed,
    ChargeRaised,
    ChargeReversed,
    OrderCleared,
    PaymentReceived,
    PaymentRefused,
    RefundAsked,
    RefundConfirmed,
    RefundFailed,
    RefundIrregular,
)
from shared.events.consultation import ConsultationAccepted, LabTestOrdered, MedicationPrescribed
from shared.events.edge import PaymentTendered, RefundReported
from shared.events.registration import VisitCancelled, VisitRegistered
from shared.reference import Reference
from shared.reference.data import Dated
from tests.support import spec
from tests.support.spec import ANOTHER_DAY, VISIT, an_id, fact, happened

PRICES = {"reg:outpatient": 500, "58410-2": 2550, "J01CA04": 1205, "A01": 3}
REFERENCE = Reference(prices=Dated.of((item, date(2026, 1, 1), fen) for item, fen in PRICES.items()))

CONSULTATION, TEST, MEDICINE, PRESCRIPTION = an_id(50), an_id(51), an_id(52), an_id(53)
OTHER_VISIT = Visit(id=an_id(900), date=VISIT.date)
REGISTRATION_BILL, BILL = derive(VISIT.id, "bill"), derive(CONSULTATION, "bill")


def given(*events: Event) -> spec.Given:
    return spec.given(SERVICE, *events, reference=REFERENCE)


def registers(n: int = 1, **fields: Any) -> Any:
    usual = {"kind": "outpatient", "department": "D01", "session": "morning", "date": VISIT.date}
    return happened(VisitRegistered, n, **{**usual, **fields})


def orders_test(n: int = 2, *, order: str = TEST, code: str = "58410-2", **fields: Any) -> Any:
    usual = {"consultation": CONSULTATION, "order": order, "code": code, "display": "血常规", "specimen": "BLD"}
    return happened(LabTestOrdered, n, **{**usual, **fields})


def prescribes(n: int = 3, **fields: Any) -> Any:
    usual = {"consultation": CONSULTATION, "order": MEDICINE, "prescription": PRESCRIPTION, "line": 1}
    medicine = {
        "code": "J01CA04",
        "display": "阿莫西林",
        "quantity": "2",
        "unit": "盒",
        "dosage": "一日三次",
        "days": 5,
    }
    return happened(MedicationPrescribed, n, **{**usual, **medicine, **fields})


def accepts(*orders: str, n: int = 4) -> Any:
    return happened(ConsultationAccepted, n, consultation=CONSULTATION, orders=list(orders))


def tenders(amount: int, n: int = 10, *, bill: str = BILL, reference: str = "R1", **fields: Any) -> Any:
    return happened(PaymentTendered, n, bill=bill, amount=amount, method="cash", reference=reference, **fields)


def reports(refund: str, outcome: str = "confirmed", n: int = 30, **fields: Any) -> Any:
    return happened(RefundReported, n, refund=refund, outcome=outcome, reference="R1", **fields)


def cancels_test(n: int = 20) -> Any:
    return happened(lab.OrderCancelled, n, order=TEST)


def cancels_medicine(n: int = 21) -> Any:
    return happened(pharmacy.OrderCancelled, n, order=MEDICINE)


def raised(order: str, item: str, display: str, amount: int, *, unit: int, quantity: str = "1") -> Any:
    charge = derive(order, "charge")
    usual = {"charge": charge, "order": order, "item": item, "display": display}
    return fact(ChargeRaised, **usual, quantity=quantity, unit_price=unit, amount=amount)


def settles(bill: str, amounts: dict[str, int]) -> Any:
    lines = [
        BillLine(charge=derive(order, "charge"), order=order, amount=amount, own_share=amount)
        for order, amount in amounts.items()
    ]
    return fact(BillSettled, bill=bill, lines=lines, total=sum(amounts.values()), own_share=sum(amounts.values()))


def cleared(order: str, how: str) -> Any:
    return fact(OrderCleared, order=order, how=how)


def received(amount: int, bill: str = BILL) -> Any:
    return fact(PaymentReceived, bill=bill, amount=amount, method="cash", reference="R1")


def refused(tender: PaymentTendered, code: str, due_back: int) -> Any:
    usual = {"visit": tender.visit, "bill": tender.bill, "amount": tender.amount, "reference": tender.reference}
    return fact(PaymentRefused, **usual, due_back=due_back, code=code)


def asks_back(tender: PaymentTendered) -> Any:
    refund = tender.derive("refund")
    return fact(RefundAsked, visit=tender.visit, refund=refund, amount=tender.amount, reference=tender.reference)


def returns(order: str, amount: int) -> Any:
    return fact(RefundAsked, refund=refund_of(order), amount=amount, reference="R1")


def refund_of(order: str) -> str:
    return derive(derive(order, "charge"), "refund")


def reversed_(order: str, amount: int, *, paid: bool, bill: str = BILL) -> Any:
    charge = derive(order, "charge")
    return fact(ChargeReversed, charge=charge, order=order, bill=bill, amount=amount, own_share=amount, paid=paid)


def irregular(code: str, report: RefundReported) -> Any:
    act = RefundReported.model_validate_json(report.model_dump_json())
    return fact(RefundIrregular, visit=report.visit, code=code, act=act)


FREE: dict[str, Any] = {"code": "free"}
REGISTERED = (registers(),)
ORDERED = (*REGISTERED, orders_test(), prescribes())
BILLED = (*ORDERED, accepts(TEST, MEDICINE))
PAID = (*BILLED, tenders(4960))
PART_FREE = (*REGISTERED, orders_test(**FREE), prescribes(), accepts(TEST, MEDICINE))


class TestNothingYet:
    def test_a_registration_is_charged_and_billed_at_once(self) -> None:
        charge = raised(VISIT.id, "reg:outpatient", "门诊挂号", 500, unit=500)
        given().when(registers()).then(charge, settles(REGISTRATION_BILL, {VISIT.id: 500}))

    def test_a_registration_without_a_price_is_cleared_at_once(self) -> None:
        charge = raised(VISIT.id, "reg:checkup", "体检登记", 0, unit=0)
        bill = settles(REGISTRATION_BILL, {VISIT.id: 0})
        given().when(registers(kind="checkup")).then(charge, bill, cleared(VISIT.id, "covered"))

    def test_a_payment_of_an_unknown_bill_waits_for_the_bill(self) -> None:
        given().when(tenders(500)).then_held("bill_not_seen")

    def test_a_payment_whose_bill_never_comes_goes_back(self) -> None:
        tender = tenders(500)
        given().when(tender).when_overdue().then(refused(tender, "bill_not_seen", 500), asks_back(tender))

    def test_the_same_money_waiting_twice_goes_back_once(self) -> None:
        overdue = given().when(tenders(500)).when(tenders(500, n=11)).when_overdue()
        assert len(overdue.stream.state.refunds) == 1

    def test_a_report_of_an_unknown_refund_waits_for_the_refund(self) -> None:
        given().when(reports(refund_of(TEST))).then_held("refund_not_seen")

    def test_a_report_whose_refund_never_comes_is_irregular(self) -> None:
        report = reports(refund_of(TEST))
        given().when(report).when_overdue().then(irregular("refund_not_seen", report))

    def test_an_order_cancelled_before_it_is_seen_is_never_charged(self) -> None:
        given(cancels_test()).when(orders_test()).then_nothing()


class TestRegistered:
    def test_a_second_word_of_the_same_visit_says_nothing(self) -> None:
        given(*REGISTERED).when(registers(n=7)).then_nothing()

    def test_its_payment_clears_it(self) -> None:
        tender = tenders(500, bill=REGISTRATION_BILL)
        given(*REGISTERED).when(tender).then(received(500, REGISTRATION_BILL), cleared(VISIT.id, "paid"))

    def test_a_payment_that_came_before_its_bill_is_received_with_it(self) -> None:
        story = given().when(tenders(500, bill=REGISTRATION_BILL)).when(registers())
        assert story.said[-2:] == [received(500, REGISTRATION_BILL), cleared(VISIT.id, "paid")]

    def test_cancelling_the_unpaid_visit_reverses_it(self) -> None:
        reversal = reversed_(VISIT.id, 500, paid=False, bill=REGISTRATION_BILL)
        given(*REGISTERED).when(happened(VisitCancelled, 8)).then(reversal)

    def test_cancelling_the_paid_visit_gives_the_money_back(self) -> None:
        reversal = reversed_(VISIT.id, 500, paid=True, bill=REGISTRATION_BILL)
        paid = given(*REGISTERED, tenders(500, bill=REGISTRATION_BILL))
        paid.when(happened(VisitCancelled, 18)).then(reversal, returns(VISIT.id, 500))

    def test_a_test_is_charged_at_its_price(self) -> None:
        given(*REGISTERED).when(orders_test()).then(raised(TEST, "58410-2", "血常规", 2550, unit=2550))

    def test_a_medicine_is_charged_by_its_quantity(self) -> None:
        charge = raised(MEDICINE, "J01CA04", "阿莫西林", 2410, unit=1205, quantity="2")
        given(*REGISTERED).when(prescribes()).then(charge)

    def test_half_a_fen_is_rounded_up(self) -> None:
        charge = raised(MEDICINE, "A01", "阿莫西林", 2, unit=3, quantity="0.50")
        given(*REGISTERED).when(prescribes(code="A01", quantity="0.50")).then(charge)

    def test_an_absurd_quantity_is_charged_no_more_than_the_most(self) -> None:
        charge = raised(MEDICINE, "J01CA04", "阿莫西林", 10**10, unit=1205, quantity="9" * 15 + "." + "9" * 9)
        given(*REGISTERED).when(prescribes(quantity=charge.quantity)).then(charge)

    def test_a_negative_quantity_costs_nothing(self) -> None:
        charge = raised(MEDICINE, "J01CA04", "阿莫西林", 0, unit=1205, quantity="-1")
        given(*REGISTERED).when(prescribes(quantity="-1")).then(charge)


class TestOrdered:
    def test_accepting_the_consultation_bills_its_orders(self) -> None:
        given(*ORDERED).when(accepts(TEST, MEDICINE)).then(settles(BILL, {TEST: 2550, MEDICINE: 2410}))

    def test_accepting_a_consultation_without_orders_bills_nothing(self) -> None:
        given(*REGISTERED).when(accepts()).then_nothing()

    def test_a_cancelled_order_is_reversed_without_a_bill(self) -> None:
        charge = {"charge": derive(TEST, "charge"), "order": TEST}
        given(*ORDERED).when(cancels_test()).then(fact(ChargeReversed, **charge, amount=2550, own_share=0, paid=False))

    def test_a_cancelled_order_is_left_out_of_the_bill(self) -> None:
        given(*ORDERED, cancels_test()).when(accepts(TEST, MEDICINE, n=22)).then(settles(BILL, {MEDICINE: 2410}))

    def test_a_cancelled_order_is_not_charged_again(self) -> None:
        given(*ORDERED, cancels_test()).when(orders_test(n=22)).then_nothing()

    def test_orders_without_a_price_are_cleared_with_their_bill(self) -> None:
        bill = settles(BILL, {TEST: 0})
        given(orders_test(**FREE)).when(accepts(TEST)).then(bill, cleared(TEST, "covered"))

    def test_a_consultation_accepted_again_with_more_orders_keeps_its_first_bill(self) -> None:
        given(*ORDERED, accepts(TEST)).when(accepts(TEST, MEDICINE, n=9)).then_nothing()


class TestBillWaiting:
    def test_its_exact_payment_clears_every_line(self) -> None:
        said = received(4960), cleared(TEST, "paid"), cleared(MEDICINE, "paid")
        given(*BILLED).when(tenders(4960)).then(*said)

    def test_too_little_goes_back(self) -> None:
        tender = tenders(4959)
        given(*BILLED).when(tender).then(refused(tender, "amount_too_small", 4959), asks_back(tender))

    def test_too_much_goes_back_whole(self) -> None:
        tender = tenders(4961)
        given(*BILLED).when(tender).then(refused(tender, "amount_too_large", 4961), asks_back(tender))

    def test_no_money_at_all_is_refused_and_nothing_goes_back(self) -> None:
        tender = tenders(0)
        given(*BILLED).when(tender).then(refused(tender, "amount_too_small", 0))

    @pytest.mark.parametrize("visit", [OTHER_VISIT, ANOTHER_DAY])
    def test_a_payment_in_another_visit_or_of_another_day_goes_back(self, visit: Visit) -> None:
        tender = tenders(4960, visit=visit)
        given(*BILLED).when(tender).then(refused(tender, "visit_mismatch", 4960), asks_back(tender))

    def test_a_payment_of_another_day_that_waited_for_its_bill_goes_back(self) -> None:
        tender = tenders(500, bill=REGISTRATION_BILL, visit=ANOTHER_DAY)
        story = given(tender).when(registers())
        assert story.said[-2:] == [refused(tender, "visit_mismatch", 500), asks_back(tender)]

    def test_the_reference_of_a_refused_payment_is_used(self) -> None:
        tender = tenders(4960, n=11)
        given(*BILLED, tenders(4959)).when(tender).then(refused(tender, "reference_used", 0))

    def test_accepting_the_consultation_again_bills_nothing(self) -> None:
        given(*BILLED).when(accepts(TEST, MEDICINE, n=9)).then_nothing()

    def test_a_cancelled_order_is_reversed_unpaid(self) -> None:
        given(*BILLED).when(cancels_test()).then(reversed_(TEST, 2550, paid=False))

    def test_only_the_rest_is_owed_after_a_reversal(self) -> None:
        story = given(*BILLED, cancels_test())
        story.when(tenders(2410, n=22)).then(received(2410), cleared(MEDICINE, "paid"))

    def test_a_second_cancellation_says_nothing(self) -> None:
        given(*BILLED, cancels_test()).when(cancels_test(n=22)).then_nothing()

    def test_a_returned_prescription_is_reversed_line_by_line(self) -> None:
        comes_back = happened(
            pharmacy.PrescriptionReturned, 20, prescription=PRESCRIPTION, orders=[TEST, MEDICINE, TEST]
        )
        said = reversed_(TEST, 2550, paid=False), reversed_(MEDICINE, 2410, paid=False)
        given(*BILLED).when(comes_back).then(*said)

    def test_nothing_is_owed_when_every_line_is_reversed(self) -> None:
        tender = tenders(4960, n=22)
        story = given(*BILLED, cancels_test(), cancels_medicine()).when(tender)
        story.then(refused(tender, "nothing_owed", 4960), asks_back(tender))

    def test_free_lines_are_cleared_when_the_last_line_owed_is_reversed(self) -> None:
        said = reversed_(MEDICINE, 2410, paid=False), cleared(TEST, "covered")
        given(*PART_FREE).when(cancels_medicine()).then(*said)

    def test_every_line_lapses_at_the_deadline(self) -> None:
        def lapsed(order: str, amount: int) -> Any:
            return fact(ChargeLapsed, charge=derive(order, "charge"), order=order, bill=BILL, amount=amount)

        given(*BILLED).when_overdue(BILL).then(lapsed(TEST, 2550), lapsed(MEDICINE, 2410))


class TestTreatFirst:
    FIRST = (registers(treat_first=True), orders_test(treat_first=True), accepts(TEST))

    def test_its_bills_never_lapse(self) -> None:
        assert given(*self.FIRST).stream.timers == ()

    def test_it_can_be_paid(self) -> None:
        given(*self.FIRST).when(tenders(2550)).then(received(2550), cleared(TEST, "paid"))


class TestBillPaid:
    def test_the_same_payment_again_is_the_same_money(self) -> None:
        again = tenders(4960, n=11)
        given(*PAID).when(again).then(refused(again, "reference_used", 0))

    def test_another_payment_goes_back(self) -> None:
        other = tenders(4960, n=11, reference="R2")
        given(*PAID).when(other).then(refused(other, "nothing_owed", 4960), asks_back(other))

    def test_a_cancelled_order_is_refunded(self) -> None:
        given(*PAID).when(cancels_test()).then(reversed_(TEST, 2550, paid=True), returns(TEST, 2550))

    def test_a_cancelled_order_without_a_price_is_not_refunded(self) -> None:
        given(*PART_FREE, tenders(2410)).when(cancels_test()).then(reversed_(TEST, 0, paid=True))

    def test_the_deadline_says_nothing(self) -> None:
        given(*PAID).when_overdue(BILL).then_nothing()

    def test_free_lines_cleared_with_the_payment_are_not_cleared_again(self) -> None:
        said = reversed_(MEDICINE, 2410, paid=True), returns(MEDICINE, 2410)
        given(*PART_FREE, tenders(2410)).when(cancels_medicine()).then(*said)


class TestBillCovered:
    def test_a_cancelled_order_clears_no_other_line_again(self) -> None:
        free = (orders_test(**FREE), prescribes(code="free"), accepts(TEST, MEDICINE))
        given(*free).when(cancels_test()).then(reversed_(TEST, 0, paid=False))

    def test_a_payment_goes_back(self) -> None:
        tender = tenders(100)
        covered = given(orders_test(**FREE), accepts(TEST))
        covered.when(tender).then(refused(tender, "nothing_owed", 100), asks_back(tender))


class TestBillLapsed:
    def test_a_payment_goes_back(self) -> None:
        tender = tenders(4960)
        lapsed = given(*BILLED).when_overdue(BILL)
        lapsed.when(tender).then(refused(tender, "nothing_owed", 4960), asks_back(tender))

    def test_a_cancelled_order_says_nothing(self) -> None:
        given(*BILLED).when_overdue(BILL).when(cancels_test()).then_nothing()


class TestRefundAsked:
    ASKED = (*PAID, cancels_test())
    KNOWN: dict[str, Any] = {"refund": refund_of(TEST), "amount": 2550}

    def test_its_confirmation_returns_the_money(self) -> None:
        given(*self.ASKED).when(reports(refund_of(TEST))).then(fact(RefundConfirmed, **self.KNOWN))

    def test_its_failure_leaves_the_money_due_back(self) -> None:
        given(*self.ASKED).when(reports(refund_of(TEST), "failed")).then(fact(RefundFailed, **self.KNOWN))

    def test_a_failed_refund_can_still_be_confirmed(self) -> None:
        failed = given(*self.ASKED, reports(refund_of(TEST), "failed"))
        failed.when(reports(refund_of(TEST), n=31)).then(fact(RefundConfirmed, **self.KNOWN))

    def test_a_second_confirmation_is_irregular(self) -> None:
        again = reports(refund_of(TEST), n=31)
        given(*self.ASKED, reports(refund_of(TEST))).when(again).then(irregular("refund_settled", again))

    @pytest.mark.parametrize("visit", [OTHER_VISIT, ANOTHER_DAY])
    def test_a_report_in_another_visit_or_of_another_day_is_irregular(self, visit: Visit) -> None:
        report = reports(refund_of(TEST), visit=visit)
        given(*self.ASKED).when(report).then(irregular("visit_mismatch", report))
