"""What guide remembers of a check-up. These names are the storage format; times are UTC text."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wanted:
    """One item as its package has it; `unit`, `low` and `high` are empty where there is none."""

    display: str
    kind: str
    unit: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class ItemTold:
    """How an item came out: its `flag`, or why it was `declined`."""

    display: str
    flag: str
    declined: str
    at: str


@dataclass(frozen=True, slots=True)
class Checkup:
    """A check-up: its package's order and code, when it was started and reported (empty: not yet), its items and those
    of them that are done or declined, by code."""

    order: str = ""
    package: str = ""
    display: str = ""
    started: str = ""
    reported: str = ""
    items: dict[str, Wanted] = field(default_factory=dict)
    told: dict[str, ItemTold] = field(default_factory=dict)
