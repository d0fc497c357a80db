"""Deposits of a stay, told by their events: held, applied when the stay is settled, the rest given back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.billing.service import SERVICE
from shared.events import AnyEvent
from shared.events.base import derive
from shared.events.billing import BillSettled, OrderCleared, PaymentReceived, PaymentRefused, RefundAsked
from shared.events.billing_deposits import (
    AccountClosed,
    DepositApplied,
    DepositReceived,
    DepositRefused,
    DepositReturned,
)
from shared.events.edge import Diagnosis, PaymentTendered
from shared.events.edge_inpatient import DepositTendered, DischargeSummary
from shared.events.inpatient import DischargeOrdered, InpatientServiceRecorded, PatientDischarged
from shared.events.registration import VisitCancelled, VisitRegistered
from shared.reference import Reference
from shared.reference.data import Dated
from tests.support import spec
from tests.support.spec import ANOTHER_DAY, START, VISIT, an_id, fact, happened

REFERENCE = Reference(prices=Dated.of([("bed", date(2026, 1, 1), 4_000)]))
BED = an_id(700)
SUMMARY = DischargeSummary(diagnoses=[Diagnosis(code="J18.9", display="肺炎")], course="", instructions="")


def registers(**fields: Any) -> Any:
    usual = {"kind": "inpatient", "department": "D01", "session": "morning", "date": VISIT.date}
    return happened(VisitRegistered, 1, **{**usual, **fields})


def tenders(amount: int = 3_000, n: int = 10, reference: str = "", **fields: Any) -> Any:
    reference = reference or f"D{n}"
    return happened(DepositTendered, n, amount=amount, method="cash", reference=reference, **fields)


def given_to(order: str = BED, n: int = 20) -> Any:
    what: dict[str, Any] = {"item": "bed", "display": "床位费", "quantity": "1", "unit": "日"}
    return happened(InpatientServiceRecorded, n, order=order, kind="bed_day", **what, day=START.date())


def settles(*orders: str, n: int = 30) -> Any:
    return happened(DischargeOrdered, n, orders=list(orders or (BED,)))


def pays(amount: int, n: int = 40, reference: str = "P1") -> Any:
    bill = derive(an_id(30), "bill")
    return happened(PaymentTendered, n, bill=bill, amount=amount, method="cash", reference=reference)


GOES_HOME = happened(PatientDischarged, 50, admitted=START.date(), day=START.date(), summary=SUMMARY)
CANCELLED = happened(VisitCancelled, 51)
BILL = derive(an_id(30), "bill")


def deposit(n: int = 10) -> str:
    return derive(an_id(n), "deposit")


def applied(amount: int, left: int, n: int = 10) -> Any:
    return fact(DepositApplied, deposit=deposit(n), bill=BILL, amount=amount, left=left)


def returned(amount: int, n: int = 10) -> tuple[Any, Any]:
    refund = derive(deposit(n), "refund")
    back = fact(DepositReturned, deposit=deposit(n), refund=refund, amount=amount)
    return back, fact(RefundAsked, refund=refund, amount=amount, reference=f"D{n}")


def refused(tender: Any, code: str, due_back: int) -> tuple[Any, ...]:
    told: dict[str, Any] = {"visit": tender.visit, "amount": tender.amount, "reference": tender.reference}
    no = fact(DepositRefused, **told, due_back=due_back, code=code)
    back = fact(
        RefundAsked, visit=tender.visit, refund=tender.derive("refund"), amount=due_back, reference=tender.reference
    )
    return (no, back) if due_back else (no,)


def closed(deposited: int, used: int) -> Any:
    return fact(AccountClosed, deposited=deposited, applied=used)


def told(*events: AnyEvent) -> spec.Given:
    return spec.given(SERVICE, *events[:-1], reference=REFERENCE).when(events[-1])


CLEARED = fact(OrderCleared, order=BED, how="paid")


class TestHeld:
    def test_it_is_received_and_held(self) -> None:
        told(registers(), tenders()).then(
            fact(DepositReceived, deposit=deposit(), amount=3_000, method="cash", reference="D10")
        )

    def test_a_stay_may_have_several(self) -> None:
        story = told(registers(), tenders(), tenders(500, n=11))
        assert [type(one) for one in story.said] == [DepositReceived]

    def test_nothing_is_paid_with_it_while_the_stay_goes_on(self) -> None:
        story = told(registers(), tenders(), given_to())
        assert not [one for one in story.said if isinstance(one, DepositApplied)]

    def test_it_waits_for_the_stay_to_be_registered(self) -> None:
        tender = tenders()
        told(tender).then_held("not_registered")
        story = told(tender, registers())
        assert [type(one) for one in story.said][-1] is DepositReceived

    def test_for_a_stay_nobody_registered_it_goes_back(self) -> None:
        tender = tenders()
        told(tender).when_overdue().then(*refused(tender, "not_registered", 3_000))


class TestRefused:
    @pytest.mark.parametrize(
        ("before", "tender", "code"),
        [
            ((registers(kind="outpatient"),), tenders(), "not_a_stay"),
            ((registers(),), tenders(visit=ANOTHER_DAY), "visit_mismatch"),
            ((registers(),), tenders(0), "amount_too_small"),
            ((registers(),), tenders(10_000_000_001), "amount_too_large"),
            ((registers(), CANCELLED), tenders(n=60), "account_closed"),
            ((registers(), GOES_HOME), tenders(n=60), "account_closed"),
            ((registers(), given_to(), GOES_HOME), tenders(n=60), "already_discharged"),
        ],
    )
    def test_it_goes_back_whole(self, before: tuple[AnyEvent, ...], tender: Any, code: str) -> None:
        told(*before, tender).then(*refused(tender, code, tender.amount))

    def test_a_reference_counts_once(self) -> None:
        again = tenders(n=11, reference="D10")
        told(registers(), tenders(), again).then(*refused(again, "reference_used", 0))

    def test_a_deposits_reference_pays_no_bill(self) -> None:
        story = told(registers(), tenders(100), given_to(), settles(), pays(3_900, reference="D10"))
        assert [one.code for one in story.said if isinstance(one, PaymentRefused)] == ["reference_used"]


class TestApplied:
    def test_it_pays_what_it_can_and_the_rest_is_owed(self) -> None:
        story = told(registers(), tenders(), given_to(), settles())
        assert story.said[1:] == [applied(3_000, 1_000)]
        story.when(pays(1_000))
        assert [type(one) for one in story.said] == [PaymentReceived, OrderCleared]

    def test_more_than_is_left_is_refused(self) -> None:
        story = told(registers(), tenders(), given_to(), settles(), pays(4_000))
        assert [one.code for one in story.said if isinstance(one, PaymentRefused)] == ["amount_too_large"]

    def test_a_bill_it_pays_whole_is_cleared(self) -> None:
        story = told(registers(), tenders(5_000), given_to(), settles())
        assert story.said[1:] == [applied(4_000, 0), CLEARED]

    def test_the_oldest_goes_first(self) -> None:
        story = told(registers(), tenders(), tenders(2_000, n=11), given_to(), settles())
        assert story.said[1:] == [applied(3_000, 1_000), applied(1_000, 0, n=11), CLEARED]

    def test_one_that_comes_while_the_bill_is_owed_pays_it_at_once(self) -> None:
        story = told(registers(), given_to(), settles(), tenders(4_000, n=35))
        assert story.said[1:] == [applied(4_000, 0, n=35), CLEARED]


class TestTheEnd:
    def test_what_is_left_goes_back_and_the_account_is_closed(self) -> None:
        told(registers(), tenders(5_000), given_to(), settles(), GOES_HOME).then(*returned(1_000), closed(5_000, 4_000))

    def test_a_stay_that_cost_nothing_gives_all_of_it_back(self) -> None:
        told(registers(), tenders(), GOES_HOME).then(*returned(3_000), closed(3_000, 0))

    def test_a_cancelled_stay_gives_all_of_it_back(self) -> None:
        story = told(registers(), tenders(), CANCELLED)
        assert story.said[-3:] == [*returned(3_000), closed(3_000, 0)]

    def test_a_stay_without_a_deposit_is_closed_too(self) -> None:
        told(registers(), given_to(), settles(), pays(4_000), GOES_HOME).then(closed(0, 0))

    def test_who_is_treated_first_owes_on_and_the_last_payment_closes_the_account(self) -> None:
        story = told(registers(treat_first=True), tenders(), given_to(), settles(), GOES_HOME)
        story.then_nothing().when(pays(1_000, n=60))
        assert story.said[-1] == closed(3_000, 3_000)

    def test_it_is_closed_once(self) -> None:
        again = GOES_HOME.model_copy().known(an_id(70), START + timedelta(seconds=70), START + timedelta(seconds=70))
        told(registers(), tenders(), GOES_HOME, again).then_nothing()

    def test_what_is_left_is_due_back_until_the_provider_returned_it(self) -> None:
        story = told(registers(), tenders(5_000), given_to(), settles(), GOES_HOME)
        assert [(one.amount, one.confirmed) for one in story.stream.state.refunds.values()] == [(1_000, False)]

    def test_the_bill_is_what_it_would_have_been_without_a_deposit(self) -> None:
        with_one, without = (
            next(one for one in told(*story, given_to(), settles()).said if isinstance(one, BillSettled))
            for story in ((registers(), tenders()), (registers(),))
        )
        assert with_one == without
