"""What an accountant says of stays that no service of ours would have let happen."""

from __future__ import annotations

from typing import Any

from deploy.check.stays import stays
from deploy.check.told import Card, Told
from shared.events import AnyEvent, billing, inpatient
from tests.support.spec import CARD, START, an_id, enveloped, happened
from tests.support.stays import ADMISSION, OTHER_WARD, SUMMARY, WISH, assigned, registered

NEXT_WISH, ORDER = an_id(952), an_id(960)
here, given = registered(), assigned(WISH)
admitted = happened(
    inpatient.PatientAdmitted, 12, admission=ADMISSION, ward="W1", bed="01", wish=WISH, day=START.date()
)
given_there = assigned(NEXT_WISH, 41, OTHER_WARD, "03")
moved = happened(inpatient.PatientTransferred, 42, ward="W2", bed="03", from_ward="W1", from_bed="01", wish=NEXT_WISH)
nursed = happened(
    inpatient.InpatientServiceRecorded, 45, order=ORDER, kind="nursing", item="ward:nursing", display="Nursing",
    quantity="1", unit="day", day=START.date(),
)  # fmt: skip
cleared = happened(billing.OrderCleared, 50, order=ORDER, how="paid")
home = happened(inpatient.PatientDischarged, 60, admitted=START.date(), day=START.date(), summary=SUMMARY)


def codes(*events: Any) -> list[str]:
    told = [Told(n, enveloped(event, event.SAID_BY), event) for n, event in enumerate(events)]
    return [finding.code for finding in stays(Card(CARD, 0, told))]


def test_nothing_is_wrong_with_a_whole_stay() -> None:
    assert codes(here, given, admitted, given_there, moved, nursed, cleared, home) == []


def test_an_admission_without_a_visit() -> None:
    assert codes(given, admitted) == ["no_visit"]


def test_a_bed_that_was_never_given() -> None:
    assert codes(here, admitted) == ["bed_not_given"]


def test_two_beds_for_one_patient() -> None:
    again: AnyEvent = admitted.model_copy(update={"bed": "02"}).known(an_id(13), admitted.time, admitted.time)
    assert codes(here, given, admitted, assigned(WISH, 11, bed="02"), again) == ["two_beds"]


def test_a_transfer_from_a_bed_nobody_lay_in() -> None:
    assert codes(here, given_there, moved) == ["not_in_bed"]


def test_care_after_the_discharge() -> None:
    assert codes(here, given, admitted, home, nursed) == ["not_in_bed"]


def test_a_discharge_before_the_settlement() -> None:
    assert codes(here, given, admitted, nursed, home) == ["home_unsettled"]


def test_a_treat_first_discharge_before_the_settlement_is_right() -> None:
    assert codes(registered(treat_first=True), given, admitted, nursed, home) == []
