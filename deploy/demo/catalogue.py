"""The demo city's catalogue, from the tables in clinic/: tests, examinations, medicines, departments, prices."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

CLINIC = Path(__file__).parent / "clinic"
REGISTRATION = {"outpatient": 500, "emergency": 1000, "inpatient": 0, "checkup": 0}
"""Fen for opening a visit, by its kind."""


class Measured(NamedTuple):
    """An analyte: LOINC code, name, UCUM unit, reference range as text, and the decimals it is reported with."""

    code: str
    zh: str
    unit: str
    low: str
    high: str
    places: int


class Ordered(NamedTuple):
    """A test: LOINC code, names, specimen, price in fen, the codes of its analytes."""

    code: str
    zh: str
    en: str
    specimen: str
    fen: int
    analytes: tuple[str, ...]


class Examined(NamedTuple):
    """An examination: LOINC code, names, DICOM modality, price in fen, and which kinds of institution make it."""

    code: str
    zh: str
    en: str
    modality: str
    fen: int
    places: frozenset[str]


class Prescribed(NamedTuple):
    """A medicine: ATC code, names, packing unit, price in fen."""

    code: str
    zh: str
    en: str
    unit: str
    fen: int


class Checked(NamedTuple):
    """An item of a check-up: code, names, kind; of what is measured its unit and range as text (empty: none), what most
    people have, and the decimals it is reported with."""

    code: str
    zh: str
    en: str
    kind: str
    unit: str
    low: str
    high: str
    usual: tuple[float, float]
    places: int


class Packaged(NamedTuple):
    """A check-up package: code, names, price in fen, and the codes of its items."""

    code: str
    zh: str
    en: str
    fen: int
    items: tuple[str, ...]


class Department(NamedTuple):
    """A department, and which kinds of institution (hospital, centre, clinic) have it."""

    code: str
    zh: str
    en: str
    places: frozenset[str]


SIZES = ("hospital", "centre", "clinic")


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one table in clinic/."""
    with (CLINIC / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _places(row: dict[str, str]) -> frozenset[str]:
    return frozenset(place for place in SIZES if row[place] == "1")


ANALYTES: dict[str, Measured] = {
    row["code"]: Measured(row["code"], row["zh"], row["unit"], row["low"], row["high"], int(row["places"]))
    for row in rows("analytes")
}
TESTS: dict[str, Ordered] = {
    row["code"]: Ordered(
        row["code"], row["zh"], row["en"], row["specimen"], int(row["fen"]), tuple(row["analytes"].split())
    )
    for row in rows("tests")
}
EXAMINATIONS: dict[str, Examined] = {
    row["code"]: Examined(row["code"], row["zh"], row["en"], row["modality"], int(row["fen"]), _places(row))
    for row in rows("examinations")
}
MEDICINES: dict[str, Prescribed] = {
    row["code"]: Prescribed(row["code"], row["zh"], row["en"], row["unit"], int(row["fen"]))
    for row in rows("medicines")
}
CHECKUP_ITEMS: dict[str, Checked] = {
    row["code"]: Checked(
        **{name: row[name] for name in ("code", "zh", "en", "kind", "unit", "low", "high")},
        usual=(float(row["from"] or 0), float(row["to"] or 0)),
        places=int(row["places"] or 0),
    )
    for row in rows("checkup_items")
}
PACKAGES: dict[str, Packaged] = {
    row["code"]: Packaged(row["code"], row["zh"], row["en"], int(row["fen"]), tuple(row["items"].split()))
    for row in rows("packages")
}
DEPARTMENTS: dict[str, Department] = {
    row["code"]: Department(row["code"], row["zh"], row["en"], _places(row)) for row in rows("departments")
}
