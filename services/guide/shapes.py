"""What guide remembers of one visit: flat maps by id, each growing only, so that facts may come in any order.

These names are the storage format. Times are UTC text with milliseconds; money is fen; every map keeps its newest 500.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from services.guide.asked_shapes import Asked, Irregular
from services.guide.checkups_shapes import Checkup
from services.guide.money_shapes import Bill, Charge, Deposits, Refund
from services.guide.numbers import Board, Ticket
from services.guide.rooms_shapes import Appointment, CriticalFinding, Examination, Examined
from services.guide.stay import Onward, Stay, Ward

VisitStatus = Literal["not_seen", "asked", "refused", "registered", "suspended", "cancelled", "closed"]


@dataclass(frozen=True, slots=True)
class Visit:
    """The visit itself. `code` says why it was refused; `at` is when its registration got on the log."""

    status: VisitStatus = "not_seen"
    kind: str = ""
    department: str = ""
    session: str = ""
    date: str = ""
    treat_first: bool = False
    at: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class LabTest:
    code: str
    display: str
    specimen: str
    treat_first: bool
    at: str


@dataclass(frozen=True, slots=True)
class Specimen:
    id: str
    kind: str
    at: str


@dataclass(frozen=True, slots=True)
class Result:
    version: int
    at: str


@dataclass(frozen=True, slots=True)
class Found:
    """One value that a doctor must read at once, as reported, and its flag."""

    code: str
    display: str
    value: str
    unit: str
    low: str | None
    high: str | None
    flag: str


@dataclass(frozen=True, slots=True)
class Critical:
    findings: tuple[Found, ...]
    escalation: int
    at: str


@dataclass(frozen=True, slots=True)
class Medicine:
    """One prescription line."""

    prescription: str
    line: int
    code: str
    display: str
    quantity: str
    unit: str
    dosage: str
    days: int
    treat_first: bool
    at: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    quantity: str
    at: str


@dataclass(frozen=True, slots=True)
class Review:
    verdict: Literal["passed", "returned"]
    reason: str
    at: str


@dataclass(frozen=True)
class State:
    """One visit, by its `id`, or (`board` or `ward`, and what was asked of it) one queue or ward.

    `since` is when it was first heard of; `ended` says of an order why it will not be done; `cleared`, `paid` and
    `consultations` hold when; `gone` are charges no longer owed; `insuring` are bills an insurer was asked
    to settle; `irregular`, `critical` and `critical_findings` hold only what still waits; `tickets` are by queue,
    `onward` by order or consultation."""

    id: str = ""
    since: str = ""
    institution: str = ""
    visit: Visit = Visit()
    asked: dict[str, Asked] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    board: Board | None = None
    ward: Ward | None = None
    stay: Stay | None = None
    checkup: Checkup | None = None
    onward: dict[str, Onward] = field(default_factory=dict)
    consultations: dict[str, str] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    insuring: dict[str, str] = field(default_factory=dict)
    paid: dict[str, str] = field(default_factory=dict)
    gone: dict[str, Literal["lapsed", "reversed"]] = field(default_factory=dict)
    deposits: Deposits | None = None
    refunds: dict[str, Refund] = field(default_factory=dict)
    refund_outcomes: dict[str, Literal["confirmed", "failed"]] = field(default_factory=dict)
    tests: dict[str, LabTest] = field(default_factory=dict)
    medicines: dict[str, Medicine] = field(default_factory=dict)
    cleared: dict[str, str] = field(default_factory=dict)
    ended: dict[str, Literal["cancelled", "lapsed", "returned"]] = field(default_factory=dict)
    specimens: dict[str, Specimen] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    critical: dict[str, Critical] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    released: dict[str, str] = field(default_factory=dict)
    dispensed: dict[str, HandedOver] = field(default_factory=dict)
    examinations: dict[str, Examination] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)
    examined: dict[str, Examined] = field(default_factory=dict)
    reports: dict[str, Result] = field(default_factory=dict)
    critical_findings: dict[str, CriticalFinding] = field(default_factory=dict)
    irregular: dict[str, Irregular] = field(default_factory=dict)
