"""What guide tells of a stay in hospital: to the resident, and to the wards."""

from __future__ import annotations

from typing import Any

import pytest

from services.guide.desks import Desk, index, items
from services.guide.service import SERVICE
from services.guide.state import INITIAL, State, evolve
from services.guide.view import standing
from shared.events import AnyEvent, billing, inpatient, registration
from tests.support.spec import START, an_id, happened
from tests.support.stays import ADMISSION, SUMMARY, WISH, registered

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
            {"ward": "W2", "bed": "03", "leaving": "", "fen": 0}
        ]

    def test_see_who_is_to_go_home_and_what_they_owe(self) -> None:
        (item,) = at("ward_patients", here, admitted, leaving, bill)
        assert (bool(item["leaving"]), item["fen"]) == (True, 4000)

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


def test_guide_hears_of_stays() -> None:
    assert {inpatient.PatientAdmitted, inpatient.PatientDischarged} <= set(SERVICE.hears)
