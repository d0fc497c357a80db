"""The crosswalk of the use record, and how a check counts by it where visits took the card."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from deploy.check.presented import DONE, count
from deploy.check.told import Card, Told
from deploy.check.uses import MOST_NAMED, Uses
from deploy.demo.terminals import TERMINALS
from shared.events import AnyEvent, consultation, edge, inpatient, lab, registration
from shared.events.base import Visit
from shared.health_card.steps import CHANNEL_CLASSES, CROSSWALK, MEDICAL_TYPES, STEPS, TERMINAL_CLASSES, step_of
from tests.support.spec import ABOUT, CARD, START, an_id, enveloped, happened

USED = {"medical_type": "O", "terminal_class": "1", "channel_class": "3", "assurance": "high"}
SLOT: dict[str, Any] = {"kind": "outpatient", "department": "D01", "session": "morning", "date": START.date()}
KINDS = {"T01": "registration_desk", "T02": "lab_desk", "T03": "exam_desk", "T04": "ward_desk"}


class TestTheCrosswalk:
    def test_has_the_eight_steps(self) -> None:
        assert [step.zh for step in CROSSWALK] == ["挂号", "就诊", "交费", "检验", "检查", "取药", "住院", "体检"]

    @pytest.mark.parametrize(
        ("name", "code"),
        [("registration", "10101"), ("consultation", "10102"), ("pickup", "10103"), ("lab_test", "10104"),
         ("examination", "10104"), ("payment", "10105"), ("stay", "0"), ("checkup", "0")],
    )  # fmt: skip
    def test_writes_the_codes_of_the_specification(self, name: str, code: str) -> None:
        assert STEPS[name].code == code

    @pytest.mark.parametrize(
        ("read", "step"),
        [
            (("10101", "I", "registration_desk"), "registration"),
            (("10105", "O", "kiosk"), "payment"),
            (("10104", "O", "lab_desk"), "lab_test"),
            (("10104", "I", "exam_desk"), "examination"),
            (("0", "I", "ward_desk"), "stay"),
            (("0", "H", "registration_desk"), "checkup"),
        ],
    )
    def test_tells_the_step_from_a_record(self, read: tuple[str, str, str], step: str) -> None:
        assert step_of(*read) == STEPS[step]

    @pytest.mark.parametrize("read", [("0", "O", "kiosk"), ("10106", "O", "doctor_desk"), ("10104", "O", "kiosk")])
    def test_knows_no_step_of_any_other_record(self, read: tuple[str, str, str]) -> None:
        assert step_of(*read) is None

    def test_no_record_fits_two_steps(self) -> None:
        terminals = {kind for kinds in TERMINALS.values() for kind in kinds}
        records = [(step.code, type, kind) for step in CROSSWALK for type in "IOEHT" for kind in terminals]
        assert all(sum(step.fits(*record) for step in CROSSWALK) <= 1 for record in records)

    def test_every_kind_of_visit_has_its_medical_type(self) -> None:
        assert set(MEDICAL_TYPES) == set(get_args(edge.Kind))

    @pytest.mark.parametrize(
        ("field", "codes"),
        [
            ("step", {step.code for step in CROSSWALK}),
            ("medical_type", set(MEDICAL_TYPES.values())),
            ("terminal_class", set(TERMINAL_CLASSES.values())),
            ("channel_class", set(CHANNEL_CLASSES.values())),
        ],
    )
    def test_every_code_may_stand_in_a_record(self, field: str, codes: set[str]) -> None:
        assert codes <= set(get_args(edge.CardPresented.model_fields[field].annotation))

    def test_every_step_has_the_fact_that_says_it_was_done(self) -> None:
        assert set(DONE.values()) == set(STEPS)


def counted(*events: AnyEvent, uses: Uses | None = None) -> dict[str, Any]:
    told = [Told(offset, enveloped(event), event) for offset, event in enumerate(events)]
    uses = uses or Uses(KINDS)
    count(Card(CARD, 0, told), uses)
    return uses.as_json()


def step(found: dict[str, Any], name: str) -> tuple[int, int, int]:
    (one,) = [one for one in found["steps"] if one["step"] == name]
    return one["done"], one["taken"], len(one["without"])


def read(n: int, code: str, terminal: str = "T01", **fields: Any) -> Any:
    where = ABOUT["where"].model_copy(update={"terminal": terminal})
    return happened(edge.CardPresented, n, step=code, where=where, **{**USED, **fields})


registered = happened(registration.VisitRegistered, 1, **SLOT)
accepted = happened(consultation.ConsultationAccepted, 3, consultation=an_id(30))
sampled = happened(lab.SpecimenAccepted, 5, order=an_id(40), specimen=an_id(41), kind="blood")


class TestTheCount:
    def test_says_where_the_card_was_taken(self) -> None:
        found = counted(registered, read(2, "10101"), accepted, read(4, "10102"))
        assert (step(found, "registration"), step(found, "consultation")) == ((1, 1, 0), (1, 1, 0))

    def test_tells_a_specimen_from_an_examination_by_the_terminal(self) -> None:
        found = counted(registered, read(4, "10104", "T02"), sampled)
        assert (step(found, "lab_test"), step(found, "examination")) == ((1, 1, 0), (0, 0, 0))

    def test_names_a_visit_whose_step_had_no_card(self) -> None:
        found = counted(registered, read(2, "10101"), accepted)
        assert [one["without"] for one in found["steps"] if one["step"] == "consultation"] == [[registered.visit.id]]

    def test_counts_a_step_of_a_visit_once(self) -> None:
        found = counted(registered, read(2, "10101"), read(3, "10101"), accepted, accepted)
        assert (step(found, "registration"), step(found, "consultation")) == ((1, 1, 0), (1, 0, 1))

    def test_sees_a_stay_by_its_medical_type(self) -> None:
        bed = happened(
            inpatient.PatientAdmitted, 9, admission=an_id(50), ward="W1", bed="01", wish=an_id(51), day=START.date()
        )
        found = counted(registered, bed, read(8, "0", "T04", medical_type="I"))
        assert step(found, "stay") == (1, 1, 0)

    def test_groups_visits_by_how_many_steps_took_the_card(self) -> None:
        found = counted(registered, read(2, "10101"), read(4, "10102"), accepted)
        assert (found["visits"], {n: many for n, many in found["histogram"].items() if many}) == (1, {"2": 1})

    def test_passes_over_a_reading_in_a_visit_nobody_registered(self) -> None:
        assert counted(read(2, "10101"))["visits"] == 0

    def test_keeps_only_the_first_visits_without_a_card(self) -> None:
        uses = Uses(KINDS)
        for n in range(MOST_NAMED + 3):
            visit = Visit(id=an_id(800 + n), date=START.date())
            counted(happened(registration.VisitRegistered, n, visit=visit, **SLOT), uses=uses)
        assert step(uses.as_json(), "registration") == (MOST_NAMED + 3, 0, MOST_NAMED)
