"""What was ordered and how far it has come: lab tests, prescription lines, and the consultation they came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.guide.keeping import change, drop, put, utc
from services.guide.shapes import Critical, Found, HandedOver, LabTest, Medicine, Result, Review, Specimen, State
from shared.events import AnyEvent, consultation, lab, pharmacy


def consulted(state: State, event: consultation.ConsultationAccepted) -> State:
    return change(state, consultations=put(state.consultations, event.consultation, utc(event.log_time)))


def lab_test_ordered(state: State, event: consultation.LabTestOrdered) -> State:
    test = LabTest(event.code, event.display, event.specimen, event.treat_first, utc(event.log_time))
    return change(state, tests=put(state.tests, event.order, test))


def prescribed(state: State, event: consultation.MedicationPrescribed) -> State:
    medicine = Medicine(
        prescription=event.prescription,
        line=event.line,
        code=event.code,
        display=event.display,
        quantity=event.quantity,
        unit=event.unit,
        dosage=event.dosage,
        days=event.days,
        treat_first=event.treat_first,
        at=utc(event.log_time),
    )
    return change(state, medicines=put(state.medicines, event.order, medicine))


def collected(state: State, event: lab.SpecimenAccepted) -> State:
    specimen = Specimen(event.specimen, event.kind, utc(event.log_time))
    return change(state, specimens=put(state.specimens, event.order, specimen))


def reported(state: State, event: lab.LabResultReported) -> State:
    if event.order in state.results:
        return state
    return change(state, results=put(state.results, event.order, Result(1, utc(event.log_time))))


def amended(state: State, event: lab.LabResultAmended) -> State:
    known = state.results.get(event.order)
    if known and known.version >= event.version:
        return state
    return change(state, results=put(state.results, event.order, Result(event.version, utc(event.log_time))))


def flagged(state: State, event: lab.CriticalValueFlagged) -> State:
    """An escalation says the same values again, so its wait counts on; an amended result starts anew."""
    known = state.critical.get(event.order) if event.escalation else None
    found = tuple(
        Found(one.code, one.display, one.value, one.unit, one.low, one.high, one.flag) for one in event.findings
    )
    critical = Critical(found, event.escalation, known.at if known else utc(event.log_time))
    return change(state, critical=put(state.critical, event.order, critical))


def acknowledged(state: State, event: lab.CriticalValueAcknowledged) -> State:
    return change(state, critical=drop(state.critical, event.order))


def cancelled(state: State, event: lab.OrderCancelled | pharmacy.OrderCancelled) -> State:
    return change(state, ended=put(state.ended, event.order, "cancelled"))


def passed(state: State, event: pharmacy.MedicationReady) -> State:
    return change(state, reviews=put(state.reviews, event.prescription, Review("passed", "", utc(event.log_time))))


def returned(state: State, event: pharmacy.PrescriptionReturned) -> State:
    ended = state.ended
    for order in event.orders:
        ended = put(ended, order, "returned")
    review = Review("returned", event.reason, utc(event.log_time))
    return change(state, reviews=put(state.reviews, event.prescription, review), ended=ended)


def released(state: State, event: pharmacy.PickupReleased) -> State:
    lines = state.released
    for line in event.lines:
        lines = put(lines, line.order, line.quantity)
    return change(state, released=lines)


def dispensed(state: State, event: pharmacy.MedicationDispensed) -> State:
    lines = state.dispensed
    for line in event.lines:
        lines = put(lines, line.order, HandedOver(line.quantity, utc(event.log_time)))
    return change(state, dispensed=lines)


def open_tests(state: State) -> dict[str, LabTest]:
    """Tests that are neither given up nor reported."""
    return {id: test for id, test in state.tests.items() if id not in state.ended and id not in state.results}


def open_medicines(state: State) -> dict[str, Medicine]:
    """Prescription lines that are neither given up nor handed over."""
    return {id: one for id, one in state.medicines.items() if id not in state.ended and id not in state.dispensed}


EVOLVE: dict[type[AnyEvent], Callable[[State, Any], State]] = {
    consultation.ConsultationAccepted: consulted,
    consultation.LabTestOrdered: lab_test_ordered,
    consultation.MedicationPrescribed: prescribed,
    lab.SpecimenAccepted: collected,
    lab.LabResultReported: reported,
    lab.LabResultAmended: amended,
    lab.CriticalValueFlagged: flagged,
    lab.CriticalValueAcknowledged: acknowledged,
    lab.OrderCancelled: cancelled,
    pharmacy.MedicationReady: passed,
    pharmacy.PrescriptionReturned: returned,
    pharmacy.PickupReleased: released,
    pharmacy.MedicationDispensed: dispensed,
    pharmacy.OrderCancelled: cancelled,
}
