"""Visits of a card: one per slot, ended once, and consultations only within them."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.consultation import ConsultationAccepted
from shared.events.registration import VisitCancelled, VisitClosed, VisitRegistered


def visits(card: Card) -> Iterator[Finding]:
    """What is wrong with one card's visits."""
    registered: dict[str, Told] = {}
    ended: dict[str, Told] = {}
    slots: dict[tuple[object, ...], Told] = {}
    for one in card.of(VisitRegistered, VisitCancelled, VisitClosed, ConsultationAccepted):
        visit = one.event.visit.id
        match one.event:
            case VisitRegistered() as event:
                if visit in registered:
                    yield card.finding("visit_twice", one, registered[visit])
                # A stay is in no session: it stands beside the clinic visit of the same day that it follows.
                session = "stay" if event.kind == "inpatient" else event.session
                slot = event.where.institution, event.department, session, event.date
                holder = slots.get(slot)
                if holder is not None and not _is_cancelled(ended.get(holder.event.visit.id)):
                    yield card.finding("slot_twice", one, holder)
                registered[visit] = slots[slot] = one
            case VisitCancelled() | VisitClosed():
                if visit in ended:
                    yield card.finding("visit_twice", one, ended[visit])
                ended.setdefault(visit, one)
            case _:
                yield from _consultation(card, one, registered.get(visit), ended.get(visit))


def _consultation(card: Card, one: Told, registered: Told | None, ended: Told | None) -> Iterator[Finding]:
    if registered is None or registered.event.where.institution != one.event.where.institution:
        yield card.finding("no_visit", one)
        return
    # It was decided once both its record and its visit had been heard, whenever its fact got on the log.
    record = card.by_id.get(one.cause)
    if ended is not None and ended.offset < max(registered.offset, record.offset if record else one.offset):
        yield card.finding("after_the_end", one, ended)


def _is_cancelled(end: Told | None) -> bool:
    return end is not None and isinstance(end.event, VisitCancelled)
