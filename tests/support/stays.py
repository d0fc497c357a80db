"""A stay in hospital for tests: the ward, its reference, and the events of one inpatient visit."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared.events import beds, consultation, edge, inpatient, registration
from shared.events.base import ward_key
from shared.events.edge_inpatient import BedRequested, DischargeRequested, DischargeSummary, InpatientServiceGiven
from shared.reference import Reference, Ward
from shared.reference.data import Dated
from tests.support.spec import CARD, START, VISIT, an_id, asked, fact, happened

ADMISSION, WISH = an_id(950), an_id(951)
WARD, OTHER_WARD = ward_key("H01", "W1"), ward_key("H01", "W2")
FIRST_DAY = date(2026, 1, 1)
REFERENCE = Reference(
    wards=Dated.of(
        [
            ("H01|W1", FIRST_DAY, Ward("H01", "W1", "内科一病区", "Ward 1", ("01", "02"))),
            ("H01|W2", FIRST_DAY, Ward("H01", "W2", "内科二病区", "Ward 2", ("01",))),
        ]
    )
)
ABOUT: dict[str, Any] = {"card": CARD, "visit": VISIT}
SUMMARY = DischargeSummary(
    diagnoses=[edge.Diagnosis(code="J18.9", display="Pneumonia")], course="Antibiotics.", instructions="Rest."
)


def registered(**fields: Any) -> Any:
    """The inpatient visit, after its admission order."""
    slot = {"kind": "inpatient", "department": "D01", "session": "morning", "date": START.date()}
    return happened(registration.VisitRegistered, 1, **{**slot, "admission": ADMISSION, "ward": "W1", **fields})


def wanted(n: int = 2, queue: str = WARD, wish: str = WISH, **fields: Any) -> Any:
    return happened(inpatient.BedWanted, n, **{**ABOUT, "queue": queue, "wish": wish, **fields})


def vacated(n: int = 3, queue: str = WARD, wish: str = WISH, **fields: Any) -> Any:
    return happened(inpatient.BedVacated, n, **{**ABOUT, "queue": queue, "wish": wish, **fields})


def bed_requested(n: int = 10, queue: str = WARD, **fields: Any) -> Any:
    return asked(BedRequested, n, **{**ABOUT, "queue": queue, **fields})


def assigned(wish: str, n: int = 11, queue: str = WARD, bed: str = "01") -> Any:
    return happened(beds.BedAssigned, n, queue=queue, bed=bed, wish=wish)


def service(n: int = 30, **fields: Any) -> Any:
    usual = {
        "kind": "bed_day", "item": "ward:bed-day", "display": "Bed day", "quantity": "1", "unit": "day",
        "day": START.date(),
    }  # fmt: skip
    return happened(InpatientServiceGiven, n, **{**usual, **fields})


def recorded(of: Any) -> Any:
    return fact(
        inpatient.InpatientServiceRecorded,
        order=of.derive("service"),
        kind=of.kind,
        item=of.item,
        display=of.display,
        quantity=of.quantity,
        unit=of.unit,
        day=of.day,
    )


def discharge(n: int = 50, **fields: Any) -> Any:
    return asked(DischargeRequested, n, **{"summary": SUMMARY, **fields})


def admission_ordered(n: int = 1, **fields: Any) -> Any:
    usual = {"consultation": an_id(940), "order": ADMISSION, "ward": "W1", "reason": "Pneumonia."}
    return happened(consultation.AdmissionOrdered, n, **{**usual, **fields})
