"""A small insurance for tests: round shares, and caps and brackets that a few bills meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from shared.reference import Institution, Reference
from shared.reference.data import Dated
from shared.reference.insurance import EVERYBODY, LEVELS, Bracket, Cover, Level, MajorIllness, Terms, Waiver

INSURED_TOWN = Path(__file__).parent / "insured_town"
"""A reference folder of a small town, for services and for a check that reads it with its own eyes."""

SINCE = date(2020, 1, 1)
A, C = Cover("A", Decimal(0)), Cover("C", Decimal(0))
FREE = "five_free"


def b(first_share: str) -> Cover:
    return Cover("B", Decimal(first_share))


def terms(**changes: Any) -> Terms:
    """Half of what outpatients have, four fifths of what inpatients have above 100 yuan (50 when referred)."""
    usual = Terms(
        scheme="resident",
        since=SINCE,
        settles="local",
        levels={
            "outpatient": {level: Level(Decimal("0.5")) for level in LEVELS},
            "inpatient": {level: Level(Decimal("0.8"), 10_000, 5_000) for level in LEVELS},
        },
        caps={"outpatient": 4_000, "inpatient": 100_000},
        referral_days=30,
        major_illness=MajorIllness(
            1_000_000, True, (Bracket(20_000, 50_000, Decimal("0.6")), Bracket(50_000, None, Decimal("0.7")))
        ),
    )
    return usual._replace(**changes)


def insured(
    reference: Reference, covers: Mapping[str, Cover], free: Mapping[str, str] | None = None, **changes: Any
) -> Reference:
    """The reference with everybody insured, items classed, and some waived (code by item) for the `five_free`."""
    waivers = tuple(Waiver(code, frozenset({item}), frozenset({FREE})) for item, code in (free or {}).items())
    places = {"H01": "county", "H02": "township", "H03": "city"}
    return replace(
        reference,
        institutions=Dated.of(
            (code, SINCE, Institution(code, "", "", level, "", "", "")) for code, level in places.items()
        ),
        classes=Dated.of((item, SINCE, cover) for item, cover in covers.items()),
        insured=Dated.of([(EVERYBODY, SINCE, "resident")]),
        schemes=Dated.of([("resident", SINCE, terms(**changes))]),
        waivers=Dated.of([("waivers", SINCE, waivers)]),
    )
