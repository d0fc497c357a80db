"""Stays in hospital of one card: one bed at a time, given for it, and home once all that was given is settled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.beds import BedAssigned
from shared.events.billing import OrderCleared
from shared.events.inpatient import InpatientServiceRecorded, PatientAdmitted, PatientDischarged, PatientTransferred
from shared.events.queue_key import queue_of
from shared.events.registration import VisitRegistered

FACTS = (
    VisitRegistered, BedAssigned, OrderCleared, PatientAdmitted, PatientTransferred, InpatientServiceRecorded,
    PatientDischarged,
)  # fmt: skip


@dataclass
class _Stays:
    """What has come of a card's stays so far: beds that were given, by visit, wish, ward and bed; where the patient
    lies; what was given and not settled, by visit."""

    card: Card
    registered: dict[str, Told] = field(default_factory=dict)
    given: dict[tuple[str, str, str, str], Told] = field(default_factory=dict)
    lies: Told | None = None
    unsettled: dict[str, dict[str, Told]] = field(default_factory=dict)

    def hear(self, one: Told) -> Iterator[Finding]:
        event, visit = one.event, one.event.visit.id
        match event:
            case VisitRegistered(kind="inpatient"):
                self.registered[visit] = one
            case BedAssigned():
                self.given[visit, event.wish, queue_of(event.queue).place, event.bed] = one
            case OrderCleared():
                for orders in self.unsettled.values():
                    orders.pop(event.order, None)
            case PatientAdmitted():
                yield from self._admit(one)
            case PatientTransferred():
                yield from self._move(one)
            case InpatientServiceRecorded():
                if self.lies is None or self.lies.event.visit.id != visit:
                    yield self.card.finding("not_in_bed", one)
                self.unsettled.setdefault(visit, {})[event.order] = one
            case PatientDischarged():
                yield from self._discharge(one)

    def _admit(self, one: Told) -> Iterator[Finding]:
        if one.event.visit.id not in self.registered:
            yield self.card.finding("no_visit", one)
        if self.lies is not None:
            yield self.card.finding("two_beds", one, self.lies)
        yield from self._lie(one)

    def _move(self, one: Told) -> Iterator[Finding]:
        before = self.lies.event if self.lies else None
        if before is None or (before.ward, before.bed) != (one.event.from_ward, one.event.from_bed):
            yield self.card.finding("not_in_bed", one)
        yield from self._lie(one)

    def _lie(self, one: Told) -> Iterator[Finding]:
        bed = one.event.visit.id, one.event.wish, one.event.ward, one.event.bed
        if bed not in self.given:
            yield self.card.finding("bed_not_given", one)
        self.lies = one

    def _discharge(self, one: Told) -> Iterator[Finding]:
        visit = one.event.visit.id
        registered = self.registered.get(visit)
        if self.lies is None or self.lies.event.visit.id != visit:
            yield self.card.finding("not_in_bed", one)
        left = self.unsettled.get(visit)
        if left and registered is not None and not registered.event.treat_first:
            yield self.card.finding("home_unsettled", one, *left.values())
        self.lies = None


def stays(card: Card) -> Iterator[Finding]:
    """What is wrong with one card's stays. All that is compared here one service says, or has heard, in this order."""
    told = _Stays(card)
    for one in card.of(*FACTS):
        yield from told.hear(one)
