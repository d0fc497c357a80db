"""The published language: every event type that may be on a topic, by its name on the wire.

One module per producer; `frozen/` holds the JSON schema of each type and version, which may only gain optional
fields. See docs/events.md.
"""

from __future__ import annotations

from shared.events import (
    authority,
    beds,
    billing,
    billing_deposits,
    billing_insurer,
    cards,
    checkup,
    consultation,
    edge,
    edge_checkup,
    edge_inpatient,
    edge_insurer,
    edge_queues,
    edge_rooms,
    examination,
    inpatient,
    intake,
    lab,
    pharmacy,
    queues,
    registration,
    runtime,
)
from shared.events.base import AnyEvent, CardEvent, Event, QueueEvent
from shared.events.edge import Request, VisitRequest

SERVICES = (
    "intake",
    "registration",
    "consultation",
    "billing",
    "lab",
    "examination",
    "pharmacy",
    "inpatient",
    "checkup",
    "beds",
    "queues",
    "cards",
    "insurer",
    "records",
    "guide",
)
MODULES = (
    edge, edge_queues, edge_rooms, edge_inpatient, edge_checkup, edge_insurer, intake, registration, consultation,
    billing, billing_deposits, billing_insurer, lab, examination, pharmacy, inpatient, checkup, beds, queues,
    authority, cards,
)  # fmt: skip


def _all() -> dict[str, type[AnyEvent]]:
    found = {
        event.TYPE: event
        for module in MODULES
        for event in vars(module).values()
        if isinstance(event, type)
        and issubclass(event, AnyEvent)
        and event.TYPE
        and event.__module__ == module.__name__
    }
    for service in SERVICES:
        for family in runtime.KINDS.values():
            found |= {wire_type(event, service): event for event in family.values()}
    return found


def wire_type(event: type[AnyEvent], service: str) -> str:
    """The name on the wire when `service` says it; only the runtime's own events depend on the sayer."""
    return event.TYPE.format(service=service)


TYPES: dict[str, type[AnyEvent]] = _all()
REQUESTS: dict[str, type[Request]] = {name: event for name, event in TYPES.items() if issubclass(event, Request)}

__all__ = [
    "MODULES", "REQUESTS", "SERVICES", "TYPES", "AnyEvent", "CardEvent", "Event", "QueueEvent", "Request",
    "VisitRequest", "wire_type",
]  # fmt: skip
