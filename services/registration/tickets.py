"""The numbers that registrations wait for: what was asked of a queue, and what it answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from shared.decider import Input
from shared.events.queues import TicketIssued, TicketRefused
from shared.events.registration import RegistrationRefused, TicketWanted, TicketWithdrawn, VisitRegistered
from shared.unchanging import unchanging

QUEUED = ("outpatient", "emergency")
"""The kinds of visit that stand in the queue of their department; wards and check-ups have none."""

RELAYED = ("session_full", "ticket_withdrawn")
"""What a queue may say no with, which a registration is then refused with."""


@unchanging
class Wanted:
    """A number asked of a queue for a visit that is not registered yet; its answer is a `number`, or a `code`."""

    queue: str
    number: int = 0
    code: str = ""


def wanted_after(wanted: Mapping[str, Wanted], event: Input, opened: Collection[str]) -> Mapping[str, Wanted]:
    """By visit, after an event; the same object when it changes nothing. `opened` are the visits registered."""
    match event:
        case TicketWanted(queue=queue) if event.visit.id not in opened:
            return {**wanted, event.visit.id: Wanted(queue)}
        case TicketIssued() | TicketRefused() if event.visit.id in wanted:
            return _told(wanted, event)
        case VisitRegistered() | TicketWithdrawn():
            return _without(wanted, event.visit.id)
        case RegistrationRefused() if event.visit.id in wanted and wanted[event.visit.id].code:
            # Any other refusal beside a visit that waits is of a request to cancel it, or comes with TicketWithdrawn.
            return _without(wanted, event.visit.id)
        case _:
            return wanted


def _told(wanted: Mapping[str, Wanted], event: TicketIssued | TicketRefused) -> Mapping[str, Wanted]:
    """With the queue's answer; the first of it counts."""
    one = wanted[event.visit.id]
    if event.queue != one.queue or one.number or one.code:
        return wanted
    if isinstance(event, TicketIssued):
        return {**wanted, event.visit.id: replace(one, number=event.number)}
    code = event.code if event.code in RELAYED else "ticket_not_issued"
    return {**wanted, event.visit.id: replace(one, code=code)}


def _without(wanted: Mapping[str, Wanted], visit: str) -> Mapping[str, Wanted]:
    return {id: one for id, one in wanted.items() if id != visit} if visit in wanted else wanted
