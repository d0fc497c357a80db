"""What was done to people was ordered, paid or treat-first, done once, and not after it was called off.

Acts outside the rules are no findings here: they stand on the log as irregular, for a desk to reconcile.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from deploy.check.orders import Orders
from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.consultation import ExaminationOrdered, LabTestOrdered, MedicationPrescribed
from shared.events.examination import ExaminationAmended, ExaminationCompleted, ExaminationReported
from shared.events.lab import LabResultAmended, LabResultReported, SpecimenAccepted
from shared.events.pharmacy import MedicationDispensed, MedicationReady, PickupReleased


def work(card: Card) -> Iterator[Finding]:
    """Specimens, results, examinations, reports and medicines of one card."""
    orders = Orders(card)
    yield from _specimens(card, orders)
    yield from _results(card)
    yield from _examinations(card, orders)
    yield from _reports(card)
    yield from _medicines(card, orders)


def _specimens(card: Card, orders: Orders) -> Iterator[Finding]:
    accepted: dict[str, Told] = {}
    for one in card.of(SpecimenAccepted):
        order = one.event.order
        yield from orders.done(one, order, LabTestOrdered)
        if order in accepted:
            yield card.finding("specimen_twice", one, accepted[order])
        accepted.setdefault(order, one)


def _results(card: Card) -> Iterator[Finding]:
    specimens = {(one.event.order, one.event.specimen): one for one in card.of(SpecimenAccepted)}
    versions: dict[str, int] = {}
    for one in card.of(LabResultReported, LabResultAmended):
        match one.event:
            case LabResultReported(order=order, specimen=specimen):
                found = specimens.get((order, specimen))
                if found is None or found.offset > one.offset:
                    yield card.finding("no_specimen", one)
                if order in versions:
                    yield card.finding("result_twice", one)
                versions.setdefault(order, 1)
            case LabResultAmended(order=order, version=version):
                if version != versions.get(order, 0) + 1 or version < 2:
                    yield card.finding("result_version", one)
                versions[order] = version


def _examinations(card: Card, orders: Orders) -> Iterator[Finding]:
    made: dict[str, Told] = {}
    for one in card.of(ExaminationCompleted):
        order = one.event.order
        yield from orders.done(one, order, ExaminationOrdered)
        ordered = orders.ordered.get(order)
        if ordered and isinstance(ordered.event, ExaminationOrdered) and ordered.event.modality != one.event.modality:
            yield card.finding("other_modality", one, ordered)
        if order in made:
            yield card.finding("examination_twice", one, made[order])
        made.setdefault(order, one)


def _reports(card: Card) -> Iterator[Finding]:
    made: set[str] = set()
    versions: dict[str, int] = {}
    for one in card.of(ExaminationCompleted, ExaminationReported, ExaminationAmended):
        match one.event:
            case ExaminationCompleted(order=order):
                made.add(order)
            case ExaminationReported(order=order):
                if order not in made:
                    yield card.finding("no_examination", one)
                if order in versions:
                    yield card.finding("result_twice", one)
                versions.setdefault(order, 1)
            case ExaminationAmended(order=order, version=version):
                if version != versions.get(order, 0) + 1 or version < 2:
                    yield card.finding("result_version", one)
                versions[order] = version


def _medicines(card: Card, orders: Orders) -> Iterator[Finding]:
    ready: dict[str, Told] = {}
    dispensed: dict[str, Told] = {}
    for one in card.of(MedicationReady, PickupReleased, MedicationDispensed):
        match one.event:
            case MedicationReady(prescription=prescription):
                ready.setdefault(prescription, one)
            case PickupReleased(prescription=prescription) | MedicationDispensed(prescription=prescription):
                if prescription not in ready:
                    yield card.finding("not_reviewed", one)
                for line in one.event.lines:
                    yield from orders.done(one, line.order, MedicationPrescribed)
                    yield from _quantity(card, orders, one, line.order, line.quantity)
                    if isinstance(one.event, MedicationDispensed):
                        if line.order in dispensed:
                            yield card.finding("dispensed_twice", one, dispensed[line.order])
                        dispensed.setdefault(line.order, one)


def _quantity(card: Card, orders: Orders, one: Told, order: str, quantity: str) -> Iterator[Finding]:
    ordered = orders.ordered.get(order)
    if ordered is None or not isinstance(ordered.event, MedicationPrescribed):
        return
    if ordered.event.prescription != one.event.prescription:
        yield card.finding("no_order", one, ordered)
    if not 0 < Decimal(quantity) <= Decimal(ordered.event.quantity):
        yield card.finding("more_than_prescribed", one, ordered)
