"""Admit a proven request unchanged, or refuse it with the first code that holds."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from services.intake.reading import DAY_MS, AnyAsked, shanghai_day
from services.intake.state import State
from shared.decider import Admit, Decision, frame
from shared.events import REQUESTS, AnyEvent, CardEvent, Event, QueueEvent, Request, authority
from shared.events.authority import EntitlementGrantRequested
from shared.events.codes import ALL
from shared.events.edge import (
    AnyAsk,
    AnyIrregularityResolutionReported,
    ConsultationRecorded,
    ExaminationWanted,
    MedicationHandedOver,
    QueueRequest,
    RegistrationRequested,
)
from shared.events.edge_checkup import CheckupItemRecorded
from shared.events.edge_inpatient import BedRequested, InpatientServiceGiven, TransferRequested
from shared.events.edge_insurer import InsurerAnswered
from shared.events.edge_queues import TicketRequest
from shared.events.frames import frame_type
from shared.events.intake import CardRequestRefused, QueueRequestRefused, RequestRefused
from shared.events.queue_key import queue_of
from shared.reference import Reference

AHEAD_MS: Final = 5 * 60 * 1000
YEAR: Final = 366
MOST_FEN: Final = Decimal(10**10)
"""What one consultation may cost: far above any real one, and far below where a bill stops being a number of fen."""
PAYERS: Final = (None, "self")
"""Who may be named as a visit's payer: nobody in particular, or the resident alone."""
LAST_YEAR: Final = 2200
AUTHORITY: Final = tuple(one for one in REQUESTS.values() if one.__module__ == authority.__name__)
"""What only the card authority's own terminals may ask."""
MOST_ORDERS: Final = 60
"""What one consultation may order: all of it stands on one bill."""
ADMITTED: Final = (Admit(),)
REFUSED: Final = {Event: RequestRefused, CardEvent: CardRequestRefused, QueueEvent: QueueRequestRefused}


def decide(state: State, event: AnyAsked, reference: Reference) -> Decision:
    """One answer, at once: intake waits for nothing."""
    if (code := refusal(event, reference)) is None:
        return ADMITTED
    refused = REFUSED[frame_type(event)]
    return (refused(**frame(event), request=event.id, request_type=event.request.TYPE, code=code),)


def refusal(asked: AnyAsked, reference: Reference) -> str | None:
    """The code to refuse it with, in the order the language gives them; None to admit it."""
    match asked.request:
        case AnyAsk(good_until=good_until) if asked.at_ms > good_until.timestamp() * 1000:
            return "past_good_until"
        case _ if max(asked.made_ms, asked.happened_ms) > asked.at_ms + AHEAD_MS:
            return "time_ahead"
        case _ if asked.terminal.institution != asked.where.institution:
            return "terminal_of_another_institution"
        case request if code := _is_anothers(request, asked.terminal.kind):
            return code
        case QueueRequest(queue=queue) if queue_of(queue).institution != asked.where.institution:
            return "terminal_of_another_institution"
        case _ if asked.personal:
            return "looks_personal"
        case _ if reference.institutions.at(asked.where.institution, shanghai_day(asked.at_ms)) is None:
            return "unknown_code"
        case request if not _codes_are_known(request, asked.at_ms, reference):
            return "unknown_code"
        case request if _is_far(asked) or _is_out_of_bounds(request, reference):
            return "out_of_bounds"
        case _:
            return None


def _is_anothers(request: Request, kind: str) -> str | None:
    """What only terminals of one kind may ask or report, from another."""
    if isinstance(request, AUTHORITY) and kind != "authority":
        return "not_the_authority"
    return "not_the_insurer" if isinstance(request, InsurerAnswered) and kind != "insurer" else None


def _codes_are_known(request: Request, at_ms: int, reference: Reference) -> bool:
    day = shanghai_day(at_ms)
    match request:
        case RegistrationRequested(kind=kind, visit=visit, payer=payer):
            return payer in PAYERS and reference.price(f"reg:{kind}", visit.date) is not None
        case ConsultationRecorded():
            return _orders_are_known(request, day, reference)
        case TransferRequested(ward=ward):
            return _is_ward(request, ward, day, reference)
        case BedRequested(queue=queue):
            return _is_ward(request, queue_of(queue).place, day, reference)
        case InpatientServiceGiven(item=item, visit=visit):
            return reference.price(item, visit.date) is not None
        case CheckupItemRecorded(item=item, visit=visit):
            return reference.checkup_items.at(item, visit.date) is not None
        case EntitlementGrantRequested(entitlement=code):
            return reference.entitlements.at(code, day) is not None
        case AnyIrregularityResolutionReported(service=service):
            return service in ALL
        case TicketRequest(queue=queue):
            found = queue_of(queue)
            return found.day is not None and reference.has_queue(
                found.institution, found.place, found.session, found.day
            )
        case _:
            return True


def _orders_are_known(request: ConsultationRecorded, day: date, reference: Reference) -> bool:
    on, admission, referral = request.visit.date, request.admission, request.referral
    return (
        (referral is None or reference.institutions.at(referral.institution, day) is not None)
        and (admission is None or _is_ward(request, admission.ward, day, reference))
        and all(reference.price(code, on) is not None for code in _ordered(request))
        and all(reference.tests.at(wanted.code, day) for wanted in request.tests)
        and all(_is_examination(wanted, day, reference) for wanted in request.examinations)
        and all(reference.medicines.at(wanted.code, day) for wanted in request.medicines)
    )


def _is_ward(request: Request, ward: str, day: date, reference: Reference) -> bool:
    return reference.ward(request.where.institution, ward, day) is not None


def _is_far(asked: AnyAsked) -> bool:
    """Whether it is about a visit or a queue, or happened, more than a year from the day it got on the log."""
    about, day = _about(asked.request), shanghai_day(asked.at_ms)
    far = about is not None and abs(about.toordinal() - day.toordinal()) > YEAR
    return far or asked.at_ms - asked.happened_ms > YEAR * DAY_MS


def _about(request: AnyEvent) -> date | None:
    """The day of its visit or queue; a card and a ward have none."""
    match request:
        case Event(visit=visit):
            return visit.date
        case QueueRequest(queue=queue):
            return queue_of(queue).day
    return None


def _is_out_of_bounds(request: Request, reference: Reference) -> bool:
    match request:
        case ConsultationRecorded():
            return (
                (request.no_known_allergies and bool(request.allergies))
                or _repeats(diagnosis.code for diagnosis in request.diagnoses)
                or _repeats(wanted.code for wanted in request.tests)
                or _repeats(wanted.code for wanted in request.examinations)
                or _repeats(request.medicines)
                or len(_ordered(request)) > MOST_ORDERS
                or any(Decimal(wanted.quantity) <= 0 for wanted in request.medicines)
                or _cost(request, reference) > MOST_FEN
            )
        case InpatientServiceGiven(item=item, quantity=quantity, visit=visit):
            return not 0 < Decimal(quantity) * max(1, reference.price(item, visit.date) or 0) <= MOST_FEN
        case RegistrationRequested(package=package, kind=kind):
            return package is not None and kind != "checkup"
        case CheckupItemRecorded(value=value, finding=finding, declined=declined):
            # It was done, or it was declined.
            return (value is not None or bool(finding)) == (declined is not None)
        case EntitlementGrantRequested(until=until):
            return until is not None and until.year > LAST_YEAR
        case MedicationHandedOver(lines=lines):
            return _repeats(line.order for line in lines) or any(Decimal(line.quantity) <= 0 for line in lines)
        case _:
            return False


def _ordered(request: ConsultationRecorded) -> list[str]:
    return [*_once(request), *(wanted.code for wanted in request.medicines)]


def _once(request: ConsultationRecorded) -> list[str]:
    """What is ordered once each, not by quantity."""
    return [*(wanted.code for wanted in request.tests), *(wanted.code for wanted in request.examinations)]


def _is_examination(wanted: ExaminationWanted, day: date, reference: Reference) -> bool:
    known = reference.examinations.at(wanted.code, day)
    return known is not None and known.modality == wanted.modality


def _repeats(things: Iterable[Hashable]) -> bool:
    seen = list(things)
    return len(set(seen)) < len(seen)


def _cost(request: ConsultationRecorded, reference: Reference) -> Decimal:
    on = request.visit.date
    medicines = (Decimal(wanted.quantity) * (reference.price(wanted.code, on) or 0) for wanted in request.medicines)
    return sum(medicines, Decimal(sum(reference.price(code, on) or 0 for code in _once(request))))
