"""What an accountant says of visits and work that no service of ours would have let happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploy.check.result import Finding
from deploy.check.told import Card, Told
from deploy.check.visits import visits
from deploy.check.work import work
from shared.events import Event, billing, consultation, edge, edge_rooms, examination, lab, pharmacy, registration
from shared.events.billing import ChargeLapsed
from shared.events.runtime import RequestHeld
from tests.support import guided
from tests.support.guided import HANDED, LINE, PRESCRIPTION, SLOT, SPECIMEN, TEST, said
from tests.support.spec import CARD, START, an_id, enveloped, happened

Law = Callable[[Card], Iterator[Finding]]

collected = happened(edge.SpecimenCollected, 30, order=TEST, specimen=SPECIMEN, kind="blood")
UNPAID = (guided.requested, guided.registered, guided.recorded, guided.test_wanted, guided.line_wanted, guided.accepted)
PAID = (*UNPAID, guided.tendered, guided.paid, *guided.cleared)
READY = (*PAID, guided.reviewed)


def told(*events: Event) -> Card:
    """A card whose log has these events, in this order."""
    return Card(CARD, 0, [Told(n, enveloped(event, _sayer(event)), event) for n, event in enumerate(events)])


def _sayer(event: Event) -> str:
    return "pharmacy" if event.SAID_BY == "{service}" else event.SAID_BY


def codes(law: Law, *events: Event) -> list[str]:
    return [finding.code for finding in law(told(*events))]


def dispensed(quantity: str = "2", **more: Any) -> Event:
    lines = [edge.HandedLine(order=LINE, quantity=quantity)]
    event: Event = said(
        pharmacy.MedicationDispensed, 71, HANDED, **{"prescription": PRESCRIPTION, "lines": lines, **more}
    )
    return event


def held(request: str) -> Event:
    event: Event = said(RequestHeld, 63, request, request=request, request_type="t", code="not_cleared", until=START)
    return event


returned = said(pharmacy.PrescriptionReturned, 22, prescription=PRESCRIPTION, orders=[LINE])
cancelled = said(lab.OrderCancelled, 23, order=TEST)
lapsed = said(ChargeLapsed, 24, charge=an_id(911), order=LINE, bill=an_id(904), amount=800)
called_off = said(registration.VisitCancelled, 25)
closed = said(registration.VisitClosed, 26)
again = said(lab.SpecimenAccepted, 33, order=TEST, specimen=an_id(907), kind="blood")
third = said(
    lab.LabResultAmended, 43, order=TEST, test="2823-3", version=3, findings=guided.reported.findings, reason=""
)
other_visit = said(
    registration.VisitRegistered, 5, **SLOT, visit=guided.registered.visit.model_copy(update={"id": an_id(77)})
)

SCAN, SCANNED = an_id(921), an_id(922)
image_wanted = said(
    consultation.ExaminationOrdered, 12, consultation=guided.RECORDED, order=SCAN, code="24627-2",
    display="CT Chest", modality="CT",
)  # fmt: skip
image_cleared = said(billing.OrderCleared, 53, guided.PAID, order=SCAN, how="paid")
performed = happened(edge_rooms.ExaminationPerformed, 60, order=SCAN, modality="CT")
image_cancelled = said(examination.OrderCancelled, 54, order=SCAN)
image_lapsed = said(ChargeLapsed, 55, charge=an_id(923), order=SCAN, bill=an_id(904), amount=9000)
WANTED = (guided.requested, guided.registered, image_wanted)
TO_BE_MADE = (*WANTED, image_cleared)


def completed(n: int = 61, modality: str = "CT") -> Event:
    made: dict[str, Any] = {"order": SCAN, "code": "24627-2", "display": "CT Chest", "modality": modality}
    event: Event = said(examination.ExaminationCompleted, n, performed.id, **made)
    return event


def read(version: int = 1) -> Event:
    """The report of the examination, or a later version of it."""
    told: dict[str, Any] = {"order": SCAN, "examination": "24627-2", "display": "CT Chest", "modality": "CT"}
    told |= {"findings": "Lungs clear.", "conclusion": "Nothing found."}
    if version == 1:
        event: Event = said(examination.ExaminationReported, 62, **told)
        return event
    amended: Event = said(examination.ExaminationAmended, 62 + version, version=version, reason="", **told)
    return amended


EXAMINED = (performed, completed())
MADE = (*TO_BE_MADE, *EXAMINED)
OTHER = ["not_reviewed", "no_order"]
STORIES: list[tuple[str, Law, tuple[Any, ...], list[str]]] = [
    ("as it should be", work, (*READY, collected, guided.collected, guided.reported, guided.handed, dispensed()), []),
    ("collected unpaid", work, (*UNPAID, collected, guided.collected), ["unpaid"]),
    ("held until it was paid", work, (*READY, guided.handed, dispensed()), []),
    ("paid after it was asked", work, (*UNPAID, guided.reviewed, guided.handed, *PAID[6:], dispensed()), ["unpaid"]),
    ("paid while held", work, (*UNPAID, guided.reviewed, guided.handed, held(HANDED), *PAID[6:], dispensed()), []),
    ("cancelled before", work, (*PAID, cancelled, collected, guided.collected), ["after_cancellation"]),
    ("returned before", work, (*READY, returned, guided.handed, dispensed()), ["after_cancellation"]),
    ("lapsed before", work, (*READY, lapsed, guided.handed, dispensed()), ["after_cancellation"]),
    ("lapsed while the fact was on its way", work, (*READY, guided.handed, lapsed, dispensed()), []),
    ("the visit was cancelled before", work, (*PAID, called_off, collected, guided.collected), ["after_the_end"]),
    ("two specimens", work, (*PAID, collected, guided.collected, again), ["specimen_twice"]),
    ("a version left out", work, (*PAID, collected, guided.collected, guided.reported, third), ["result_version"]),
    ("not reviewed", work, (*PAID, guided.handed, dispensed()), ["not_reviewed"]),
    ("too much", work, (*READY, guided.handed, dispensed("2.000000001")), ["more_than_prescribed"]),
    ("another prescription", work, (*READY, guided.handed, dispensed(prescription=an_id(5))), OTHER),
    ("examined as it should be", work, (*MADE, read(), read(2), read(3)), []),
    ("examined and never ordered", work, (*TO_BE_MADE[:2], *EXAMINED), ["no_order"]),
    ("examined unpaid", work, (*WANTED, *EXAMINED), ["unpaid"]),
    ("examined after it was cancelled", work, (*TO_BE_MADE, image_cancelled, *EXAMINED), ["after_cancellation"]),
    ("examined after its charge lapsed", work, (*TO_BE_MADE, image_lapsed, *EXAMINED), ["after_cancellation"]),
    ("examined after the visit was cancelled", work, (*TO_BE_MADE, called_off, *EXAMINED), ["after_the_end"]),
    ("examined on another device", work, (*TO_BE_MADE, performed, completed(modality="MR")), ["other_modality"]),
    ("examined twice", work, (*MADE, completed(62)), ["examination_twice"]),
    ("reported and never examined", work, (*TO_BE_MADE, read()), ["no_examination"]),
    ("reported before it was examined", work, (*TO_BE_MADE, read(), *EXAMINED), ["no_examination"]),
    ("reported twice", work, (*MADE, read(), read()), ["result_twice"]),
    ("a version of the report left out", work, (*MADE, read(), read(3)), ["result_version"]),
    ("amended and never reported", work, (*MADE, read(2)), ["result_version"]),
    ("two visits in a slot", visits, (guided.requested, guided.registered, other_visit), ["slot_twice"]),
    ("a slot given back", visits, (guided.requested, guided.registered, called_off, other_visit), []),
    ("ended twice", visits, (guided.requested, guided.registered, closed, called_off), ["visit_twice"]),
    ("no visit", visits, (guided.recorded, guided.accepted), ["no_visit"]),
    ("recorded after the end", visits, (*UNPAID[:2], closed, guided.recorded, guided.accepted), ["after_the_end"]),
    ("accepted while it was closed", visits, (*UNPAID[:2], guided.recorded, closed, guided.accepted), []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("law", "events", "wrong"), [story[1:] for story in STORIES], ids=[story[0] for story in STORIES]
)
def test_exactly_what_happened_against_the_rules_is_found(law: Law, events: tuple[Any, ...], wrong: list[str]) -> None:
    assert codes(law, *events) == wrong
