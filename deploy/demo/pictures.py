"""Clinical pictures: what a doctor finds, orders and gets back, drawn with small variations so that archives differ.

draw(picture, rng) gives the fields of a ConsultationRecorded; results(picture, test, rng) the analytes of its result.
Invented, with real codes: see clinic/README.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, NamedTuple

from deploy.demo.catalogue import ANALYTES, CLINIC, EXAMINATIONS, MEDICINES, TESTS
from deploy.demo.vitals import Range, measured, measured_at, text
from shared.events.edge import (
    Allergy,
    Analyte,
    Diagnosis,
    ExaminationWanted,
    LabTestWanted,
    MedicineWanted,
    Referral,
)

GENERAL, EMERGENCY = "02", "20"


class Seen(NamedTuple):
    """What whoever reports an examination of this picture writes; `critical` is empty for nothing of that kind."""

    findings: str
    conclusion: str
    critical: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One kind of outpatient visit. `ages` in years, both included; `values` are the ranges of unusual analytes."""

    name: str
    department: str
    ages: tuple[int, int]
    sex: str
    diagnoses: tuple[tuple[str, str], ...]
    vitals: Mapping[str, Range]
    notes: tuple[str, ...]
    tests: tuple[str, ...]
    values: Mapping[str, Range]
    examinations: Mapping[str, Seen]
    medicines: tuple[tuple[str, str, str, int], ...]
    allergies: tuple[tuple[str, str, str], ...]
    referral: str

    @property
    def kind(self) -> Literal["outpatient", "emergency"]:
        """The kind of visit it is met in."""
        return "emergency" if self.department == EMERGENCY else "outpatient"

    def department_at(self, departments: Collection[str]) -> str:
        """Where an institution with these departments sees it: general practice where there is no other."""
        return self.department if self.department in departments else GENERAL

    def fits(self, age: int, sex: str) -> bool:
        """Whether a resident of that age and sex (`female`, `male`) may have it."""
        return self.ages[0] <= age <= self.ages[1] and self.sex in ("", sex)


NOTHING_UNUSUAL = Seen("所见结构未见异常。", "未见明显异常")


def draw(
    picture: Picture, rng: Random, *, age: int = 40, refer_to: str | None = None, size: str = "hospital"
) -> dict[str, Any]:
    """The fields of a ConsultationRecorded beside card, visit and where; referred where `refer_to` names a place. Only
    what a place of that `size` can make is examined."""
    referral = Referral(institution=refer_to, reason=picture.referral) if picture.referral and refer_to else None
    return {
        "diagnoses": [Diagnosis(code=code, display=display) for code, display in picture.diagnoses],
        "allergies": [
            Allergy(code=code, display=display, reaction=reaction) for code, display, reaction in picture.allergies
        ],
        "no_known_allergies": not picture.allergies,
        "vital_signs": [measured(name, picture.vitals, rng) for name in measured_at(age, picture.vitals)],
        "notes": rng.choice(picture.notes),
        "referral": referral,
        "tests": [
            LabTestWanted(code=code, display=TESTS[code].zh, specimen=TESTS[code].specimen) for code in picture.tests
        ],
        "examinations": [
            ExaminationWanted(code=one.code, display=one.zh, modality=one.modality)
            for one in map(EXAMINATIONS.__getitem__, picture.examinations)
            if size in one.places
        ],
        "medicines": [
            MedicineWanted(
                code=code,
                display=MEDICINES[code].zh,
                quantity=quantity,
                unit=MEDICINES[code].unit,
                dosage=dosage,
                days=days,
            )
            for code, quantity, dosage, days in picture.medicines
        ],
    }


def results(picture: Picture, test: str, rng: Random) -> list[Analyte]:
    """The analytes of one of the catalogue's tests, as the analyser of this picture's resident reports them."""
    found = []
    for code in TESTS[test].analytes:
        analyte = ANALYTES[code]
        low, high = picture.values.get(code) or (float(analyte.low), float(analyte.high))
        found.append(
            Analyte(
                code=code,
                display=analyte.zh,
                value=text(low, high, analyte.places, rng),
                unit=analyte.unit,
                low=analyte.low,
                high=analyte.high,
            )
        )
    return found


def reported(picture: Picture, examination: str) -> Seen:
    """What is reported of one of the catalogue's examinations; of one the picture does not name, nothing unusual."""
    return picture.examinations.get(examination, NOTHING_UNUSUAL)


def fitting(age: int, sex: str, departments: Collection[str]) -> list[Picture]:
    """The pictures a resident may bring to an institution with these departments; general practice takes all."""
    return [
        picture
        for picture in PICTURES.values()
        if picture.fits(age, sex) and (picture.department in departments or GENERAL in departments)
    ]


def _read() -> dict[str, Picture]:
    with (CLINIC / "pictures.toml").open("rb") as file:
        return {name: _picture(name, fields) for name, fields in tomllib.load(file).items()}


def _picture(name: str, fields: dict[str, Any]) -> Picture:
    def rows(field: str) -> tuple[Any, ...]:
        return tuple(map(tuple, fields.get(field, ())))

    def ranges(field: str) -> dict[str, Range]:
        return {key: (float(low), float(high)) for key, (low, high) in fields.get(field, {}).items()}

    return Picture(
        name,
        fields["department"],
        (fields["ages"][0], fields["ages"][1]),
        fields.get("sex", ""),
        rows("diagnoses"),
        ranges("vitals"),
        tuple(fields["notes"]),
        tuple(fields["tests"]),
        ranges("values"),
        {code: Seen(*told) for code, *told in fields.get("examinations", ())},
        rows("medicines"),
        rows("allergies"),
        fields.get("referral", ""),
    )


PICTURES: dict[str, Picture] = _read()
