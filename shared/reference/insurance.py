"""What payers pay by: catalogue classes, schemes and waivers, as rows in memory. Money is integer fen, shares exact.

A scheme is one insurance with a file of its own: at each level of institution and for each category of visit a share,
for inpatient stays a deductible per admission, a cap per year for each category, and on top major-illness insurance
in brackets over what the year's covered items left to the resident.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

Category = Literal["outpatient", "inpatient"]
Grade = Literal["A", "B", "C"]
Settles = Literal["local", "port"]

CATEGORIES: tuple[Category, ...] = ("outpatient", "inpatient")
LEVELS = ("village", "township", "county", "city")
"""From the lowest up: a referral relieves only towards a later one."""

EVERYBODY = "*"
"""The group every card is in, unless an entitlement says another."""


class Cover(NamedTuple):
    """An item's catalogue class: A (甲) covered; B (乙) after a first share of the resident's; C (丙) not covered."""

    grade: Grade
    first_share: Decimal


class Level(NamedTuple):
    """What the scheme does at one level: its share of what is covered, after a deductible (less when `referred`)."""

    share: Decimal
    deductible: int = 0
    referred: int = 0


class Bracket(NamedTuple):
    """Major illness: the share of the year's counted own share above one amount, up to another (None: without end)."""

    above: int
    up_to: int | None
    share: Decimal


class MajorIllness(NamedTuple):
    """All diseases. `first_share_counts`: whether the first share of class B is part of what is counted."""

    cap: int
    first_share_counts: bool
    brackets: tuple[Bracket, ...]


class Terms(NamedTuple):
    """One scheme as in force from a day. `settles`: here by these rules (`local`), or by asking the insurer, these
    rules pre-settling (`port`). `referral_days`: how long after a referral an admission is still relieved."""

    scheme: str
    since: date
    settles: Settles
    levels: Mapping[Category, Mapping[str, Level]]
    caps: Mapping[Category, int]
    referral_days: int
    major_illness: MajorIllness


class Waiver(NamedTuple):
    """What one of the "five free" waivers (五项免费) takes over: the rest of these items, for these groups."""

    code: str
    items: frozenset[str]
    groups: frozenset[str]
