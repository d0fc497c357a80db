"""What guide remembers of stays in hospital and of the ways there. These names are the storage format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay: the ward a bed is `wanted` of and since when, the bed of the patient, when what happened, and the days in
    bed that were written down."""

    wanted: str = ""
    ward: str = ""
    bed: str = ""
    admitted: str = ""
    leaving: str = ""
    discharged: str = ""
    since: str = ""
    bed_days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a doctor sends the resident on to: with an `order` into a `ward`, or to another institution."""

    kind: Literal["admission", "referral"]
    institution: str
    department: str
    ward: str
    order: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward after its `move`-th change: its beds, which are free, how many are taken, and how many wait for one."""

    move: int = 0
    beds: int = 0
    free: tuple[str, ...] = ()
    taken: int = 0
    waiting: int = 0
    at: str = ""
