"""What guide remembers of the examination rooms. These names are the storage format; times are UTC text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Examination:
    code: str
    display: str
    modality: str
    treat_first: bool
    at: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """When and in which room an examination is to be made; `known` is when that got on the log."""

    at: str
    room: str
    known: str


@dataclass(frozen=True, slots=True)
class Examined:
    image: str
    at: str


@dataclass(frozen=True, slots=True)
class CriticalFinding:
    finding: str
    escalation: int
    at: str
