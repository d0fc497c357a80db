"""The way through a visit: the steps that are done, and the next ones and where. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from services.guide import checkups, words
from services.guide.desks import items
from services.guide.money import at_insurers, pending_refunds
from services.guide.orders import open_medicines, open_tests
from services.guide.rooms import open_examinations
from services.guide.rooms_shapes import Examination
from services.guide.shapes import LabTest, Medicine, State
from services.guide.todo import bills_owed, prescriptions
from services.guide.told import Done, Next


def next_steps(state: State) -> Iterator[Next]:
    """In the order a resident takes them; what others do stands where one waits for it."""
    bills = [bill for bill, _ in bills_owed(state)]
    reviews = [prescription for prescription in prescriptions(state) if prescription not in state.reviews]
    insuring = at_insurers(state)
    critical = [*state.critical, *state.critical_findings]
    if state.visit.status == "asked":
        yield _step("registering", [])
    if items(state, "consultation"):
        yield _step("consultation", [state.visit.department])
    yield from _some("bed", [item["ward"] for item in items(state, "ward_beds")])
    yield from _some("stay", [f"{item['ward']} {item['bed']}" for item in items(state, "ward_patients")])
    yield from _some("pay", bills)
    yield from _some("insuring", insuring)
    yield from _some("collect", [item["order"] for item in items(state, "lab_collect")])
    yield from _some("report", [item["order"] for item in items(state, "lab_report")])
    yield from _some("schedule", [item["order"] for item in items(state, "exam_schedule")])
    yield from _some("examine", [item["order"] for item in items(state, "exam_perform")])
    yield from _some("exam_report", [item["order"] for item in items(state, "exam_report")])
    yield from _some("critical", critical)
    yield from _some("checkup", [item["item"] for item in items(state, "checkup_items")])
    yield from _some("checkup_report", [item["order"] for item in items(state, "checkup_report")])
    yield from _some("review", reviews)
    yield from _some("pickup", [item["prescription"] for item in items(state, "pharmacy_handover")])
    yield from _some("refund", [id for id, _, _ in pending_refunds(state)])
    if state.visit.status == "registered" and _is_begun(state) and not (bills or insuring or critical):
        yield from _last(state)


def _is_begun(state: State) -> bool:
    """Whether the visit has come to what it is for, so that it may be finished."""
    if state.visit.kind == "checkup":
        return checkups.begun(state)
    return bool(state.stay.discharged if state.stay else state.consultations)


def done(state: State) -> Iterator[Done]:
    """Every step that is done, by kind and then as it came."""
    if state.visit.at:
        yield _did("registered", state.visit.at, "", "")
    if state.stay and state.stay.admitted:
        yield _did("admitted", state.stay.admitted, "", state.stay.ward)
    for consultation, at in state.consultations.items():
        yield _did("consultation", at, consultation, "")
    for bill, at in state.paid.items():
        yield _did("paid", at, bill, "")
    for order, test in state.tests.items():
        if specimen := state.specimens.get(order):
            yield _did("collected", specimen.at, order, test.display)
        if result := state.results.get(order):
            yield _did("reported", result.at, order, test.display)
    yield from _examined(state)
    yield from _checked_up(state)
    for order, handed in state.dispensed.items():
        medicine = state.medicines.get(order)
        yield _did("dispensed", handed.at, order, medicine.display if medicine else "")
    if state.stay and state.stay.discharged:
        yield _did("discharged", state.stay.discharged, "", state.stay.ward)


def _examined(state: State) -> Iterator[Done]:
    for order, one in state.examinations.items():
        if appointment := state.appointments.get(order):
            yield _did("scheduled", appointment.known, order, one.display)
        if examined := state.examined.get(order):
            yield _did("examined", examined.at, order, one.display)
        if report := state.reports.get(order):
            yield _did("exam_reported", report.at, order, one.display)


def _checked_up(state: State) -> Iterator[Done]:
    known = state.checkup
    if known is None:
        return
    for code, one in known.told.items():
        yield _did("checkup_declined" if one.declined else "checkup_item", one.at, code, one.display)
    if known.reported:
        yield _did("checkup_reported", known.reported, known.order, known.display)


def _last(state: State) -> Iterator[Next]:
    """Nothing is owed: either everything is done, or an order waits whose bill has not been seen yet."""
    left: dict[str, LabTest | Examination | Medicine] = {
        **open_tests(state),
        **open_examinations(state),
        **open_medicines(state),
    }
    if not left:
        yield _step("finished", [])
    waiting = [order for order, one in left.items() if order not in state.cleared and not one.treat_first]
    begun = {*state.specimens, *state.examined}
    yield from _some("settling", [order for order in waiting if order not in begun])


def _some(step: str, about: list[str]) -> Iterator[Next]:
    if about:
        yield _step(step, about)


def _step(step: str, about: list[str]) -> Next:
    zh, en, where_zh, where_en, waits = words.NEXT[step]
    return {
        "step": step,
        "zh": zh,
        "en": en,
        "where_zh": where_zh,
        "where_en": where_en,
        "waits": waits,
        "about": about,
    }


def _did(step: str, at: str, id: str, display: str) -> Done:
    zh, en = words.DONE[step]
    return {"step": step, "zh": zh, "en": en, "at": at, "id": id, "display": display}
