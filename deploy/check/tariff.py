"""Prices and the rules of payers as a check reads them: with its own eyes, from the same files a service reads, in
fractions."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

UP = ("village", "township", "county", "city")
CATEGORY = {"outpatient": "outpatient", "emergency": "outpatient", "inpatient": "inpatient"}

Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Rules:
    """The version of a scheme that a visit falls under, and where: shares as fractions, amounts in fen."""

    scheme: str
    since: date
    category: str
    level: str
    told: Mapping[str, Any]

    @property
    def share(self) -> Fraction:
        return Fraction(self.told[self.category][self.level]["share"])

    @property
    def is_asked(self) -> bool:
        """Whether the insurer settles by call, and these rules only pre-settle."""
        return bool(self.told["settles"] == "port")

    @property
    def cap(self) -> int:
        return int(self.told[self.category]["cap"])

    @property
    def major(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.told["major_illness"]
        return found

    def deductible(self, *, referred: bool) -> int:
        """Per admission; outpatients have none."""
        return int(self.told[self.category][self.level].get("referred" if referred else "deductible", 0))

    def brackets(self, counted: int) -> Fraction:
        """Major illness over so much of a year, exactly."""
        total = Fraction(0)
        for row in self.major["bracket"]:
            upper = min(counted, row.get("up_to", counted))
            total += max(0, upper - row["above"]) * Fraction(row["share"])
        return total


@dataclass(frozen=True)
class Tariff:
    """Everything by the day it is valid from. Nothing is proven here: a service would not have started with less."""

    prices: Rows
    classes: Rows
    insured: Rows
    institutions: Rows
    schemes: Rows
    waivers: Rows

    def price(self, item: str, on: date) -> int:
        """Fen a unit of what is charged; an item that no row prices costs nothing."""
        row = _at(self.prices, item, on)
        return int(row["fen"]) if row else 0

    def rules(self, kind: str, institution: str, entitlements: Collection[str], on: date) -> Rules | str:
        """The rules a visit falls under; where there are none, what a bill then says instead of them."""
        schemes = (_at(self.insured, group, on) for group in (*entitlements, "*"))
        scheme = next((row["scheme"] for row in schemes if row), "")
        told = _at(self.schemes, scheme, on)
        if told is None:
            return ""
        level = self.level(institution, on)
        if kind not in CATEGORY or level not in UP:
            return "not_insured"
        return Rules(scheme, told["valid_from"], CATEGORY[kind], level, told)

    def caps(self, year: int) -> dict[str, int]:
        """The highest of each cap that any version in force on some day of a year has."""
        days = [date(year, 1, 1), *(row["valid_from"] for rows in self.schemes.values() for row in rows)]
        found = [_at(self.schemes, scheme, day) for scheme in self.schemes for day in days if day.year == year]
        told = [one for one in found if one]
        both = {name: max(int(one[name]["cap"]) for one in told) for name in ("outpatient", "inpatient") if told}
        return {**both, "major_illness": max(int(one["major_illness"]["cap"]) for one in told)} if told else {}

    def level(self, institution: str, on: date) -> str:
        row = _at(self.institutions, institution, on)
        return row["level"] if row else ""

    def first_share(self, item: str, on: date) -> Fraction:
        """What of an item no insurer looks at: all of class C, and of what no row classes."""
        row = _at(self.classes, item, on)
        if row is None or row["grade"] == "C":
            return Fraction(1)
        return Fraction(row["first_share"] or 0)

    def is_class_b(self, item: str, on: date) -> bool:
        row = _at(self.classes, item, on)
        return row is not None and row["grade"] == "B"

    def is_waived(self, item: str, entitlements: Collection[str], on: date) -> bool:
        version = _at(self.waivers, "waivers", on) or {}
        return any(
            item in one["items"] and not set(one["groups"]).isdisjoint(entitlements)
            for one in version.get("waiver", ())
        )


def read_tariff(folder: Path) -> Tariff:
    """The rules in a reference folder."""
    insurance = folder / "insurance"
    files = {path.stem: list(_versions(path)) for path in insurance.glob("*.toml")} if insurance.is_dir() else {}
    return Tariff(
        prices=_rows(folder / "prices.csv", "item"),
        classes=_rows(folder / "classes.csv", "item"),
        insured=_rows(folder / "insured.csv", "group"),
        institutions=_rows(folder / "institutions.csv", "code"),
        schemes={name: rows for name, rows in files.items() if name != "waivers"},
        waivers={"waivers": files.get("waivers", [])},
    )


def _at(rows: Rows, key: str, on: date) -> dict[str, Any] | None:
    """The last row that is valid by then; of two from one day the one further down."""
    found = [row for row in rows.get(key, ()) if row["valid_from"] <= on]
    return max(reversed(found), key=lambda row: row["valid_from"], default=None)


def _versions(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        yield from tomllib.load(file, parse_float=Fraction)["version"]


def _rows(path: Path, key: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    if not path.exists():
        return found
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row[key], []).append({**row, "valid_from": date.fromisoformat(row["valid_from"])})
    return found
