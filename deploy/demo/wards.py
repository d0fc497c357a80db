"""The wards of the demo's hospitals, and what is given in them, from the tables in clinic/."""

from __future__ import annotations

from typing import NamedTuple

from deploy.demo.catalogue import rows


class Given(NamedTuple):
    """What is given to an inpatient: what its price stands under, its kind, the unit it is counted in, fen a unit."""

    item: str
    zh: str
    kind: str
    unit: str
    fen: int


ITEMS: dict[str, Given] = {
    row["item"]: Given(row["item"], row["zh"], row["kind"], row["unit"], int(row["fen"])) for row in rows("ward_items")
}
WARDS: tuple[tuple[str, str, str, str], ...] = tuple(
    (row["code"], row["zh"], row["en"], " ".join(f"{bed:02}" for bed in range(1, int(row["beds"]) + 1)))
    for row in rows("wards")
)
"""Code, names, and the codes of the beds: the columns of `wards.csv` after the institution."""
MEDICAL, SURGICAL = "W01", "W02"
OPERATE = ("04", "05", "10", "11")
"""Departments (and, by their beginning, those under them) whose patients lie in the surgical ward."""


def ward_of(department: str) -> str:
    """The ward a department sends its patients to."""
    return SURGICAL if department.partition(".")[0] in OPERATE else MEDICAL


def other_than(ward: str) -> str:
    """The ward a patient of this one is transferred to."""
    return MEDICAL if ward == SURGICAL else SURGICAL
