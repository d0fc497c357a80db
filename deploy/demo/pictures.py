"""Clinical pictures: what a doctor finds, orders and gets back, drawn with small variations so that archives differ.

draw(picture, rng) gives the fields of a ConsultationRecorded; results(picture, test, rng) the analytes of its result.
Invented, with real codes: see clinic/README.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from deploy.demo.catalogue import ANALYTES, CLINIC, MEDICINES, TESTS
from shared.events.edge import Allergy, Analyte, Diagnosis, LabTestWanted, Measurement, MedicineWanted, Referral

Range = tuple[float, float]
YOUNG = 14
GENERAL, EMERGENCY = "02", "20"

# LOINC code, name, UCUM unit, decimals and the range where a picture names none.
VITALS: dict[str, tuple[str, str, str, int, Range]] = {
    "temperature": ("8310-5", "体温", "Cel", 1, (36.2, 36.9)),
    "pulse": ("8867-4", "心率", "/min", 0, (64, 88)),
    "breathing": ("9279-1", "呼吸频率", "/min", 0, (14, 20)),
    "systolic": ("8480-6", "收缩压", "mm[Hg]", 0, (108, 134)),
    "diastolic": ("8462-4", "舒张压", "mm[Hg]", 0, (66, 84)),
    "saturation": ("59408-5", "血氧饱和度", "%", 0, (96, 99)),
    "weight": ("29463-7", "体重", "kg", 1, (50, 82)),
}
ALWAYS = ("temperature", "pulse")
ADULTS = ("systolic", "diastolic")


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


def draw(picture: Picture, rng: Random, *, age: int = 40, refer_to: str | None = None) -> dict[str, Any]:
    """The fields of a ConsultationRecorded beside card, visit and where; referred where `refer_to` names a place."""
    referral = Referral(institution=refer_to, reason=picture.referral) if picture.referral and refer_to else None
    return {
        "diagnoses": [Diagnosis(code=code, display=display) for code, display in picture.diagnoses],
        "allergies": [
            Allergy(code=code, display=display, reaction=reaction) for code, display, reaction in picture.allergies
        ],
        "no_known_allergies": not picture.allergies,
        "vital_signs": [_measured(name, picture.vitals, rng) for name in _measured_at(picture, age)],
        "notes": rng.choice(picture.notes),
        "referral": referral,
        "tests": [
            LabTestWanted(code=code, display=TESTS[code].zh, specimen=TESTS[code].specimen) for code in picture.tests
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
                value=_text(low, high, analyte.places, rng),
                unit=analyte.unit,
                low=analyte.low,
                high=analyte.high,
            )
        )
    return found


def fitting(age: int, sex: str, departments: Collection[str]) -> list[Picture]:
    """The pictures a resident may bring to an institution with these departments; general practice takes all."""
    return [
        picture
        for picture in PICTURES.values()
        if picture.fits(age, sex) and (picture.department in departments or GENERAL in departments)
    ]


def _measured_at(picture: Picture, age: int) -> list[str]:
    usual = ALWAYS if age <= YOUNG else (*ALWAYS, *ADULTS)
    return [name for name in VITALS if name in usual or name in picture.vitals]


def _measured(name: str, ranges: Mapping[str, Range], rng: Random) -> Measurement:
    code, display, unit, places, usual = VITALS[name]
    low, high = ranges.get(name, usual)
    return Measurement(code=code, display=display, value=_text(low, high, places, rng), unit=unit)


def _text(low: float, high: float, places: int, rng: Random) -> str:
    """A decimal between the two, mostly near the middle, as its instrument prints it."""
    return f"{rng.triangular(low, high):.{places}f}"


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
        rows("medicines"),
        rows("allergies"),
        fields.get("referral", ""),
    )


PICTURES: dict[str, Picture] = _read()
