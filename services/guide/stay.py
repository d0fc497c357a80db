"""What guide remembers of a stay in hospital. These names are the storage format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay: the ward a bed is `wanted` of and since when, the bed of the patient, and when what happened."""

    wanted: str = ""
    ward: str = ""
    bed: str = ""
    admitted: str = ""
    leaving: str = ""
    discharged: str = ""
    since: str = ""
