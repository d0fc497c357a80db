"""Reference data in memory, and how the row in force is chosen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Generic, Literal, TypeVar

from shared.events.base import SHANGHAI
from shared.reference.insurance import EVERYBODY, Cover, Terms, Waiver
from shared.reference.places import NO_RULE, QueueRule, Ward
from shared.reference.rows import (
    CheckupItem,
    Entitlement,
    Examination,
    Institution,
    LabTest,
    Limits,
    Medicine,
    Package,
    Terminal,
)

Row = TypeVar("Row")
Span = Literal["ask", "done", "lapse", "critical", "insurer"]
"""ask: how long an ask is held; done: how long a done act is held; lapse: how long a bill may stay unpaid;
critical: how long a critical value may stay unacknowledged; insurer: how long an insurer is waited for before people
are told."""
Rule = Literal["issued-only"]
"""issued-only: a card the card authority did not issue gets no visit."""


@dataclass(frozen=True)
class Dated(Generic[Row]):
    """Rows by key, each valid from a Shanghai day until the next row of its key."""

    rows: Mapping[str, tuple[tuple[date, Row], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, date, Row]]) -> Dated[Row]:
        found: dict[str, list[tuple[date, Row]]] = {}
        for key, valid_from, row in rows:
            found.setdefault(key, []).append((valid_from, row))
        for dated in found.values():
            dated.sort(key=itemgetter(0))
        return cls({key: tuple(dated) for key, dated in found.items()})

    def at(self, key: str, day: date | datetime) -> Row | None:
        """The row in force on a Shanghai day (or at a moment), or None."""
        dated = self.rows.get(key)
        if dated is None:
            return None
        if isinstance(day, datetime):
            day = day.astimezone(SHANGHAI).date()
        found = bisect_right(dated, day, key=lambda pair: pair[0])
        return dated[found - 1][1] if found else None


@dataclass(frozen=True)
class Reference:
    """All reference data one process decides by."""

    institutions: Dated[Institution] = field(default_factory=Dated)
    terminals: Dated[Terminal] = field(default_factory=Dated)
    sessions: Dated[bool] = field(default_factory=Dated)
    queues: Dated[QueueRule] = field(default_factory=Dated)
    prices: Dated[int] = field(default_factory=Dated)
    tests: Dated[LabTest] = field(default_factory=Dated)
    examinations: Dated[Examination] = field(default_factory=Dated)
    medicines: Dated[Medicine] = field(default_factory=Dated)
    checkup_items: Dated[CheckupItem] = field(default_factory=Dated)
    packages: Dated[Package] = field(default_factory=Dated)
    limits: Dated[Limits] = field(default_factory=Dated)
    spans: Dated[timedelta] = field(default_factory=Dated)
    classes: Dated[Cover] = field(default_factory=Dated)
    insured: Dated[str] = field(default_factory=Dated)
    schemes: Dated[Terms] = field(default_factory=Dated)
    waivers: Dated[tuple[Waiver, ...]] = field(default_factory=Dated)
    entitlements: Dated[Entitlement] = field(default_factory=Dated)
    rules: Dated[bool] = field(default_factory=Dated)
    wards: Dated[Ward] = field(default_factory=Dated)
    terminal_secret: bytes = field(default=b"", repr=False)
    """The master secret of the terminals' keys. No file of the reference holds it: intake's process sets it."""

    def span(self, name: Span, at: datetime) -> timedelta:
        """How long, by log time. A span that no row names yet is its documented default."""
        return self.spans.at(name, at) or DEFAULT_SPANS[name]

    def price(self, item: str, on: date) -> int | None:
        """Fen per unit of an item (`reg:outpatient`, a LOINC or an ATC code) for visits opened for that day."""
        return self.prices.at(item, on)

    def package(self, code: str, on: date) -> Package | None:
        """A check-up package for visits opened for that day."""
        return self.packages.at(code, on)

    def items_of(self, package: Package, on: date) -> list[CheckupItem]:
        """The items of a package for visits opened for that day; no file is read that names one nobody knows."""
        found = (self.checkup_items.at(code, on) for code in package.items)
        return [item for item in found if item is not None]

    def cover(self, item: str, on: date) -> Cover:
        """The catalogue class of an item for visits opened for that day. What no row names is not covered."""
        return self.classes.at(item, on) or NOT_COVERED

    def terms(self, groups: Sequence[str], on: date) -> Terms | None:
        """The rules of the scheme that whoever is in these groups is insured under on that day: the first group that
        has one, else everybody's. None when there is none."""
        found = (self.insured.at(group, on) for group in (*groups, EVERYBODY))
        scheme = next((one for one in found if one), "")
        return self.schemes.at(scheme, on)

    def waiver(self, item: str, groups: Collection[str], on: date) -> str:
        """The code of the waiver that takes over what is left of an item for one of these groups; empty for none."""
        for waiver in self.waivers.at("waivers", on) or ():
            if item in waiver.items and not waiver.groups.isdisjoint(groups):
                return waiver.code
        return ""

    def rule(self, name: Rule, at: datetime) -> bool:
        """Whether a rule is in force at a log time; it is not before a row says so."""
        return bool(self.rules.at(name, at))

    def has_session(self, institution: str, department: str, session: str, on: date) -> bool:
        """Whether a department holds a clinic session on that day (a row per weekday, or `*` for every day)."""
        key = f"{institution}|{department}|{session}"
        return bool(self.sessions.at(f"{key}|{on.isoweekday()}", on) or self.sessions.at(f"{key}|*", on))

    def has_queue(self, institution: str, department: str, session: str, on: date) -> bool:
        """Whether one may ask for numbers there on that day: a clinic session is held, or a queue has a rule."""
        ruled = self.queue(institution, department, session, on) is not NO_RULE
        return ruled or self.has_session(institution, department, session, on)

    def queue(self, institution: str, department: str, session: str, on: date) -> QueueRule:
        """The rule of a queue on that day: of its weekday, else of every day (`*`), else neither check-in nor limit."""
        key = f"{institution}|{department}|{session}"
        return self.queues.at(f"{key}|{on.isoweekday()}", on) or self.queues.at(f"{key}|*", on) or NO_RULE

    def ward(self, institution: str, ward: str, at: date | datetime) -> Ward | None:
        """A ward as it is then, with the beds it has; None when there is none."""
        return self.wards.at(f"{institution}|{ward}", at)

    def critical(self, code: str, unit: str, at: datetime) -> Limits | None:
        """The critical limits of an analyte in that unit when the result was made."""
        return self.limits.at(f"{code}|{unit}", at)


NOT_COVERED = Cover("C", Decimal(0))

DEFAULT_SPANS: dict[Span, timedelta] = {
    "ask": timedelta(seconds=30),
    "done": timedelta(hours=24),
    "lapse": timedelta(days=3),
    "critical": timedelta(minutes=10),
    "insurer": timedelta(hours=1),
}
