"""What guide tells of a stay in hospital: to the resident, and to the wards."""

from __future__ import annotations

from typing import Any

import pytest

from services.guide.desks import Desk, index, items
from services.guide.lines import ward
from services.guide.service import SERVICE
from services.guide.state import INITIAL, State, evolve
from services.guide.stay import Ward
from services.guide.view import standing
from shared.events import AnyEvent, beds, billing, consultation, inpatient, registration
from shared.events.billing_deposits import AccountClosed, DepositApplied, DepositReceived, DepositReturned
from tests.support import guided as the
from tests.support.spec import START, an_id, happened
from tests.support.stays import ADMISSION, SUMMARY, WARD, WISH, admission_ordered, registered

NEXT_WISH = an_id(952)
here = registered()
admitted = happened(
    inpatient.PatientAdmitted, 12, admission=ADMISSION, ward="W1", bed="01", wish=WISH, day=START.date()
)
moving = happened(inpatient.TransferOrdered, 40, ward="W2", wish=NEXT_WISH)
moved = happened(inpatient.PatientTransferred, 42, ward="W2", bed="03", from_ward="W1", from_bed="01", wish=NEXT_WISH)
leaving = happened(inpatient.DischargeOrdered, 50, orders=[an_id(960)])
bill = happened(
    billing.BillSettled, 51, bill=an_id(961), total=4000, own_share=4000,
    lines=[billing.BillLine(charge=an_id(962), order=an_id(960), amount=4000, own_share=4000)],
)  # fmt: skip
home = happened(inpatient.PatientDischarged, 60, admitted=START.date(), day=START.date(), summary=SUMMARY)
paid = happened(billing.PaymentReceived, 61, bill=an_id(961), amount=4000, method="cash", reference="R")

HELD = an_id(965)
deposited = happened(DepositReceived, 20, deposit=HELD, amount=5000, method="cash", reference="D")
returned = happened(DepositReturned, 62, deposit=HELD, refund=an_id(966), amount=1000)
closed = happened(AccountClosed, 64, deposited=5000, applied=4000)

REFERRED = happened(
    consultation.ReferralMade, 5, consultation=an_id(970), institution="H02", department="03", reason="MRI"
)

DAY = START.date()
deposited_again = happened(DepositReceived, 32, deposit=an_id(968), amount=5000, method="cash", reference="E")


def charged(n: int, amount: int) -> Any:
    what: dict[str, Any] = {"item": "ward:bed", "display": "Bed day", "quantity": "1", "unit_price": amount}
    return happened(billing.ChargeRaised, n, charge=an_id(700 + n), order=an_id(800 + n), amount=amount, **what)


def taken_back(n: int) -> Any:
    return happened(
        billing.ChargeReversed, 40, charge=an_id(700 + n), order=an_id(800 + n), amount=1, own_share=0, paid=False
    )


def billed(n: int, amount: int) -> Any:
    line = billing.BillLine(charge=an_id(700 + n), order=an_id(800 + n), amount=amount, own_share=amount)
    return happened(billing.BillSettled, 51, bill=an_id(961), total=amount, own_share=amount, lines=[line])


def applied(amount: int, left: int) -> Any:
    return happened(DepositApplied, 52, deposit=HELD, bill=an_id(961), amount=amount, left=left)


def given(n: int, kind: str) -> Any:
    what: dict[str, Any] = {"item": "ward:bed", "display": "Bed day", "quantity": "1", "unit": "day", "day": DAY}
    return happened(inpatient.InpatientServiceRecorded, n, order=an_id(900 + n), kind=kind, **what)


def ward_moved(move: int, free: list[str]) -> Any:
    where: dict[str, Any] = {"queue": WARD, "beds": 2, "free": free, "taken": 2 - len(free), "waiting": 0}
    return happened(beds.WardMoved, 10 + move, move=move, **where)


def after(*events: AnyEvent) -> State:
    state = INITIAL
    for event in events:
        state = evolve(state, event)
    return state


def at(desk: Desk, *events: AnyEvent) -> list[Any]:
    return [{name: one for name, one in item.items() if name != "since"} for item in items(after(*events), desk)]


def steps(*events: AnyEvent) -> list[str]:
    return [step["step"] for step in standing(after(*events), {})["next"]]


class TestTheWards:
    def test_see_who_waits_for_a_bed(self) -> None:
        assert at("ward_beds", here) == [{"ward": "W1", "from_ward": "", "from_bed": ""}]

    def test_see_who_is_to_come_from_another_ward(self) -> None:
        assert at("ward_beds", here, admitted, moving) == [{"ward": "W2", "from_ward": "W1", "from_bed": "01"}]

    def test_see_who_lies_where(self) -> None:
        assert at("ward_patients", here, admitted, moving, moved) == [
            {"ward": "W2", "bed": "03", "leaving": "", "fen": 0, "accrued": 0, "deposit": 0, "used_up": False,
             "open": 0, "bed_days": []}
        ]  # fmt: skip

    def test_see_who_is_to_go_home_and_what_they_owe(self) -> None:
        (item,) = at("ward_patients", here, admitted, leaving, bill)
        assert (bool(item["leaving"]), item["fen"]) == (True, 4000)

    def test_see_what_is_held_for_them_and_what_is_owed_beyond_it(self) -> None:
        (item,) = at("ward_patients", here, admitted, deposited)
        assert (item["fen"], item["deposit"]) == (0, 5000)
        (item,) = at("ward_patients", here, admitted, deposited, leaving, bill, applied(3000, 1000))
        assert (item["fen"], item["deposit"]) == (1000, 2000)

    def test_see_when_what_was_charged_has_used_a_deposit_up(self) -> None:
        def seen(*events: AnyEvent) -> tuple[int, bool]:
            (item,) = at("ward_patients", here, admitted, *events)
            return item["accrued"], item["used_up"]

        assert seen(charged(30, 5000)) == (5000, False)  # No deposit was asked of them.
        assert seen(deposited, charged(30, 5000)) == (5000, False)
        assert seen(deposited, charged(30, 5000), charged(31, 1)) == (5001, True)
        assert seen(deposited, charged(30, 5000), charged(31, 1), deposited_again) == (5001, False)
        assert seen(deposited, charged(30, 5000), charged(31, 1), taken_back(31)) == (5000, False)
        assert seen(deposited, charged(30, 4000), leaving, billed(30, 4000)) == (0, False)

    def test_see_which_days_in_bed_are_written_down(self) -> None:
        (item,) = at("ward_patients", here, admitted, given(30, "nursing"), given(31, "bed_day"))
        assert item["bed_days"] == [DAY.isoformat()]

    def test_see_how_many_orders_are_not_done(self) -> None:
        (item,) = at("ward_patients", here, admitted, the.test_wanted, the.line_wanted, the.reported)
        assert item["open"] == 1

    def test_have_nothing_to_do_for_who_went_home(self) -> None:
        assert at("ward_patients", here, admitted, leaving, bill, paid, home) == []

    def test_find_no_bed_for_a_visit_that_was_cancelled(self) -> None:
        assert at("ward_beds", here, happened(registration.VisitCancelled, 9)) == []

    @pytest.mark.parametrize(("events", "desk"), [((here,), "ward_beds"), ((here, admitted), "ward_patients")])
    def test_are_in_the_index_when_they_have_something_to_do(self, events: Any, desk: str) -> None:
        assert index(after(*events))[desk] == "H01"

    def test_no_clinic_expects_an_inpatient(self) -> None:
        assert at("consultation", here) == []


class TestTheResident:
    def test_is_told_what_is_held_and_that_the_rest_went_back(self) -> None:
        told = standing(after(here, deposited, leaving, bill, applied(4000, 0), returned, home, closed), {})
        assert told["deposits"] == {
            "fen": 0, "accrued": 0, "received": 5000, "applied": 4000, "returned": 1000,
            "closed": "2026-11-24T01:01:04.000Z",
        }  # fmt: skip

    def test_is_told_of_no_deposit_where_there_is_none(self) -> None:
        assert "deposits" not in standing(after(here, admitted), {})

    def test_pays_what_a_deposit_leaves(self) -> None:
        told = standing(after(here, deposited, leaving, bill, applied(3000, 1000)), {})
        assert (told["owed"]["fen"], [line["fen"] for line in told["owed"]["bills"][0]["lines"]]) == (1000, [1000])

    def test_has_paid_a_bill_that_a_deposit_paid_whole(self) -> None:
        told = standing(after(here, deposited, leaving, bill, applied(4000, 0)), {})
        assert (told["owed"]["fen"], told["receipts"][0]["status"]) == (0, "paid")

    def test_waits_for_a_bed(self) -> None:
        assert steps(here) == ["bed"]

    def test_is_in_hospital(self) -> None:
        assert steps(here, admitted) == ["stay"]

    def test_pays_before_going_home(self) -> None:
        assert steps(here, admitted, leaving, bill) == ["stay", "pay"]

    def test_is_finished_at_home(self) -> None:
        assert steps(here, admitted, leaving, bill, paid, home) == ["finished"]

    def test_is_shown_what_is_done(self) -> None:
        done = [step["step"] for step in standing(after(here, admitted, leaving, bill, paid, home), {})["done"]]
        assert done == ["registered", "admitted", "paid", "discharged"]


class TestTheWayOn:
    def test_to_a_ward_names_the_order_a_registration_needs(self) -> None:
        (told,) = standing(after(admission_ordered()), {})["onward"]
        assert (told["kind"], told["order"], told["institution"], told["ward"]) == ("admission", ADMISSION, "H01", "W1")

    def test_to_another_institution_is_told(self) -> None:
        (told,) = standing(after(REFERRED), {})["onward"]
        assert (told["kind"], told["institution"], told["reason"]) == ("referral", "H02", "MRI")


class TestTheBoardOfAWard:
    def test_shows_which_beds_are_free(self) -> None:
        told = ward(WARD, after(ward_moved(1, free=["02"])).ward or Ward())
        assert (told["institution"], told["ward"], told["beds"], told["free"], told["taken"]) == (
            "H01", "W1", 2, ["02"], 1,
        )  # fmt: skip

    def test_is_never_covered_by_an_older_one(self) -> None:
        shown = after(ward_moved(2, free=["01", "02"]), ward_moved(1, free=["02"])).ward
        assert shown
        assert shown.free == ("01", "02")


def test_guide_hears_of_stays() -> None:
    assert {inpatient.PatientAdmitted, inpatient.PatientDischarged} <= set(SERVICE.hears)
