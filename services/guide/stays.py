"""What guide remembers of a stay in hospital, and what the wards have to do for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from services.guide.keeping import NEWEST, change, utc
from services.guide.orders import open_medicines, open_tests
from services.guide.rooms import open_examinations
from services.guide.shapes import State
from services.guide.stay import Stay
from shared.events import AnyEvent, inpatient, registration

Item = dict[str, Any]


def expected(state: State, event: registration.VisitRegistered) -> State:
    """An inpatient visit waits for a bed of its ward."""
    if event.kind != "inpatient" or state.stay:
        return state
    return change(state, stay=Stay(wanted=event.ward or "", since=utc(event.log_time)))


def admitted(state: State, event: inpatient.PatientAdmitted) -> State:
    at = utc(event.log_time)
    return change(state, stay=replace(_stay(state), wanted="", ward=event.ward, bed=event.bed, admitted=at, since=at))


def transfer_ordered(state: State, event: inpatient.TransferOrdered) -> State:
    return change(state, stay=replace(_stay(state), wanted=event.ward, since=utc(event.log_time)))


def transferred(state: State, event: inpatient.PatientTransferred) -> State:
    """Another bed of the same ward leaves a wish for another ward as it is."""
    stay = _stay(state)
    wanted = "" if stay.wanted == event.ward else stay.wanted
    return change(state, stay=replace(stay, wanted=wanted, ward=event.ward, bed=event.bed))


def leaving(state: State, event: inpatient.DischargeOrdered) -> State:
    return change(state, stay=replace(_stay(state), leaving=utc(event.log_time)))


def discharged(state: State, event: inpatient.PatientDischarged) -> State:
    return change(state, stay=replace(_stay(state), wanted="", bed="", discharged=utc(event.log_time)))


def waits_for_a_bed(state: State) -> Iterator[Item]:
    """Who wants a bed of which ward, and where they lie meanwhile."""
    stay = state.stay
    if stay and stay.wanted and state.visit.status == "registered":
        yield {"ward": stay.wanted, "from_ward": stay.ward, "from_bed": stay.bed, "since": stay.since}


def given(state: State, event: inpatient.InpatientServiceRecorded) -> State:
    """Of all that is given only the days in bed are kept: a nurse must see which of them nobody has written down."""
    stay, day = _stay(state), event.day.isoformat()
    if event.kind != "bed_day" or day in stay.bed_days:
        return state
    return change(state, stay=replace(stay, bed_days=(*stay.bed_days, day)[-NEWEST:]))


def in_bed(state: State, stay: Stay, owed: int, accrued: int) -> Item:
    """Who lies where; `leaving` since when the discharge is asked for, `fen` what is still owed of all bills, `accrued`
    what is on no bill yet, `deposit` what is held, `used_up` whether that is less than the two, `open` how many orders
    are not done, `bed_days` those written down."""
    held = state.deposits.held if state.deposits else 0
    return {
        "ward": stay.ward,
        "bed": stay.bed,
        "leaving": stay.leaving,
        "fen": owed,
        "accrued": accrued,
        "deposit": held,
        "used_up": state.deposits is not None and owed + accrued > held,
        "open": len(open_tests(state)) + len(open_examinations(state)) + len(open_medicines(state)),
        "bed_days": list(stay.bed_days),
        "since": stay.admitted,
    }


def _stay(state: State) -> Stay:
    return state.stay or Stay()


EVOLVE: dict[type[AnyEvent], Callable[[State, Any], State]] = {
    inpatient.PatientAdmitted: admitted,
    inpatient.TransferOrdered: transfer_ordered,
    inpatient.PatientTransferred: transferred,
    inpatient.InpatientServiceRecorded: given,
    inpatient.DischargeOrdered: leaving,
    inpatient.PatientDischarged: discharged,
}
