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
