"""What was done in each visit of a card, and at which of its steps the card was read."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from deploy.check.told import Card
from deploy.check.uses import Uses
from shared.events import Event
from shared.events.billing import PaymentReceived
from shared.events.checkup import CheckupItemDone
from shared.events.consultation import ConsultationAccepted
from shared.events.edge import CardPresented
from shared.events.examination import ExaminationCompleted
from shared.events.inpatient import PatientAdmitted
from shared.events.lab import SpecimenAccepted
from shared.events.pharmacy import MedicationDispensed
from shared.events.registration import VisitRegistered
from shared.health_card.steps import step_of

DONE: Mapping[type[Event], str] = {
    VisitRegistered: "registration",
    ConsultationAccepted: "consultation",
    PaymentReceived: "payment",
    SpecimenAccepted: "lab_test",
    ExaminationCompleted: "examination",
    MedicationDispensed: "pickup",
    PatientAdmitted: "stay",
    CheckupItemDone: "checkup",
}
"""The fact that says a step was done in a visit, by the name of the step in the crosswalk."""


def count(card: Card, uses: Uses) -> None:
    """Count the registered visits of one card."""
    done: dict[str, set[str]] = {one.event.visit.id: set() for one in card.of(VisitRegistered)}
    taken: dict[str, set[str]] = {visit: set() for visit in done}
    for one in card.of(CardPresented, *DONE):
        visit = one.event.visit.id
        if visit not in done:
            continue
        if name := DONE.get(type(one.event)):
            done[visit].add(name)
        elif step := step_of(one.event.step, one.event.medical_type, uses.kind_of(one.event.where.terminal)):
            taken[visit].add(step.name)
    for visit, steps in done.items():
        uses.add(visit, steps, taken[visit])


def read_terminals(folder: Path) -> dict[str, str]:
    """The kind of every terminal the reference data ever had, by its code."""
    path = folder / "terminals.csv"
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["code"]: row["kind"] for row in csv.DictReader(file)}
