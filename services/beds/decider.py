"""床位: which bed of a ward is whose. Only a visit whose wish stands gets one, and every wish gets one bed."""

from __future__ import annotations

from typing import Any

from services.beds.state import Patient, State, evolve
from shared.decider import NOTHING, Decision, Hold, Input, Overdue
from shared.events import AnyEvent, beds
from shared.events.base import Visit
from shared.events.edge_inpatient import BedRequested
from shared.events.inpatient import BedVacated, BedWanted
from shared.events.queue_key import queue_of
from shared.reference import Reference


def decide(state: State, event: Input, reference: Reference) -> Decision:
    """A bed, or why there is none; a wish that may still come is waited for. Total and pure."""
    match event:
        case BedWanted():
            return _moved(state, event, reference)
        case BedVacated():
            return _vacated(state, event, reference)
        case BedRequested():
            return _requested(state, event, reference)
        case Overdue(BedRequested() as request, code):
            return _refused(request, code)
        case _:
            return NOTHING


def _requested(state: State, event: BedRequested, reference: Reference) -> Decision:
    """A bed for a wish; or, for who lies here and wants nothing else, another bed, which is then the only one."""
    old = state.bed_of(event.card, event.visit.id)
    patient = state.waits(event.card, event.visit.id) or state.taken.get(old)
    all_beds = _beds(event, reference)
    match event.bed or _first(_free(state, all_beds)):
        case _ if patient is None:
            return Hold("bed_not_wanted", "ask")
        case _ if patient.day != event.visit.date:
            return _refused(event, "visit_mismatch")
        case _ if old == (event.bed or old) and patient.wish not in state.waiting:
            return _refused(event, "already_in_bed")
        case "":
            return _refused(event, "ward_full")
        case bed if bed not in all_beds:
            return _refused(event, "bed_unknown")
        case bed if bed in state.taken:
            return _refused(event, "bed_taken")
        case bed:
            return _assigned(state, event, patient, bed, reference)


def _assigned(state: State, event: BedRequested, patient: Patient, bed: str, reference: Reference) -> Decision:
    about = _about(patient, event)
    assigned = beds.BedAssigned(**about, bed=bed, wish=patient.wish)
    if left := state.bed_for(patient.wish):
        return _moved(state, event, reference, beds.BedReleased(**about, bed=left, wish=patient.wish), assigned)
    return _moved(state, event, reference, assigned)


def _vacated(state: State, event: BedVacated, reference: Reference) -> Decision:
    if bed := state.bed_for(event.wish):
        released = beds.BedReleased(**_about(state.taken[bed], event), bed=bed, wish=event.wish)
        return _moved(state, event, reference, released)
    return _moved(state, event, reference)


def _moved(
    state: State, event: BedRequested | BedWanted | BedVacated, reference: Reference, *facts: AnyEvent
) -> Decision:
    """The facts, and how the ward stands after them; nothing when it stands as it did."""
    after = state
    for one in (event, *facts):
        after = evolve(after, one)
    if after is state:
        return NOTHING
    all_beds = _beds(event, reference)
    moved = beds.WardMoved(
        queue=event.queue,
        where=event.where,
        move=after.moves + 1,
        beds=len(all_beds),
        free=list(_free(after, all_beds)),
        taken=len(after.taken),
        waiting=len(after.waiting),
    )
    return (*facts, moved)


def _beds(event: AnyEvent, reference: Reference) -> tuple[str, ...]:
    """The beds the ward has when the event got on the log. One that is no more stays whose it was until released."""
    place = queue_of(event.key)
    ward = reference.ward(place.institution, place.place, event.log_time)
    return ward.beds if ward else ()


def _free(state: State, all_beds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(bed for bed in all_beds if bed not in state.taken)


def _first(free: tuple[str, ...]) -> str:
    return free[0] if free else ""


def _about(patient: Patient, event: BedRequested | BedVacated) -> dict[str, Any]:
    visit = Visit(id=patient.visit, date=patient.day)
    return {"card": patient.card, "visit": visit, "where": event.where, "queue": event.queue}


def _refused(event: BedRequested, code: str) -> Decision:
    return (beds.BedRefused(card=event.card, visit=event.visit, where=event.where, queue=event.queue, code=code),)
