"""What was ordered of the examination rooms and how far it has come: times, examinations, reports, findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from services.guide.keeping import change, drop, put, utc
from services.guide.rooms_shapes import Appointment, CriticalFinding, Examination, Examined
from services.guide.shapes import Result, State
from shared.events import AnyEvent, consultation, examination

Item = dict[str, Any]


def ordered(state: State, event: consultation.ExaminationOrdered) -> State:
    wanted = Examination(event.code, event.display, event.modality, event.treat_first, utc(event.log_time))
    return change(state, examinations=put(state.examinations, event.order, wanted))


def scheduled(state: State, event: examination.ExaminationScheduled) -> State:
    appointment = Appointment(utc(event.at), event.room or "", utc(event.log_time))
    return change(state, appointments=put(state.appointments, event.order, appointment))


def completed(state: State, event: examination.ExaminationCompleted) -> State:
    return change(state, examined=put(state.examined, event.order, Examined(event.image or "", utc(event.log_time))))


def reported(state: State, event: examination.ExaminationReported) -> State:
    if event.order in state.reports:
        return state
    return change(state, reports=put(state.reports, event.order, Result(1, utc(event.log_time))))


def amended(state: State, event: examination.ExaminationAmended) -> State:
    known = state.reports.get(event.order)
    if known and known.version >= event.version:
        return state
    return change(state, reports=put(state.reports, event.order, Result(event.version, utc(event.log_time))))


def flagged(state: State, event: examination.CriticalFindingFlagged) -> State:
    """An escalation says the same finding again, so its wait counts on; an amended report starts anew."""
    known = state.critical_findings.get(event.order) if event.escalation else None
    found = CriticalFinding(event.finding, event.escalation, known.at if known else utc(event.log_time))
    return change(state, critical_findings=put(state.critical_findings, event.order, found))


def acknowledged(state: State, event: examination.CriticalFindingAcknowledged) -> State:
    return change(state, critical_findings=drop(state.critical_findings, event.order))


def cancelled(state: State, event: examination.OrderCancelled) -> State:
    return change(state, ended=put(state.ended, event.order, "cancelled"))


def open_examinations(state: State) -> dict[str, Examination]:
    """Examinations that are neither given up nor reported."""
    return {id: one for id, one in state.examinations.items() if id not in state.ended and id not in state.reports}


def schedule(state: State) -> Iterator[Item]:
    """What is paid and has no time yet. What is treated first needs none."""
    for order, one in open_examinations(state).items():
        cleared = state.cleared.get(order)
        if cleared and not one.treat_first and order not in state.appointments and order not in state.examined:
            yield {**_item(order, one), "since": cleared}


def perform(state: State) -> Iterator[Item]:
    """What has its time, or is treated first. It waits from the time it was given on."""
    for order, one in open_examinations(state).items():
        appointment = state.appointments.get(order)
        cleared = state.cleared.get(order) or (one.at if one.treat_first else "")
        if cleared and (appointment or one.treat_first) and order not in state.examined:
            yield {
                **_item(order, one),
                "treat_first": one.treat_first,
                "at": appointment.at if appointment else "",
                "room": appointment.room if appointment else "",
                "since": max(appointment.at, cleared) if appointment else cleared,
            }


def report(state: State) -> Iterator[Item]:
    for order, one in open_examinations(state).items():
        if examined := state.examined.get(order):
            yield {**_item(order, one), "image": examined.image, "since": examined.at}


def critical(state: State) -> Iterator[Item]:
    for order, found in state.critical_findings.items():
        one = state.examinations.get(order)
        told = _item(order, one) if one else {"order": order, "code": "", "display": "", "modality": ""}
        yield {**told, **{name: value for name, value in asdict(found).items() if name != "at"}, "since": found.at}


def _item(order: str, one: Examination) -> Item:
    return {"order": order, "code": one.code, "display": one.display, "modality": one.modality}


EVOLVE: dict[type[AnyEvent], Callable[[State, Any], State]] = {
    consultation.ExaminationOrdered: ordered,
    examination.ExaminationScheduled: scheduled,
    examination.ExaminationCompleted: completed,
    examination.ExaminationReported: reported,
    examination.ExaminationAmended: amended,
    examination.CriticalFindingFlagged: flagged,
    examination.CriticalFindingAcknowledged: acknowledged,
    examination.OrderCancelled: cancelled,
}
