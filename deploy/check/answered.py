"""Every admitted request is answered by exactly one fact, or waits where it can be seen to wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.check.apart import Apart
from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events import TYPES, Request
from shared.events.answers import answerer, answers
from shared.events.runtime import AnyDeadlinePassed, AnyRecordGivenUp, AnyRequestHeld


def answered(card: Card, apart: Apart) -> Iterator[Finding]:
    """The requests of one card that have no answer or too many. An answer may stand under another key (`apart`)."""
    given_up = {(one.sayer, one.event.record) for one in card.of(AnyRecordGivenUp)}
    for one in card.of(AnyRecordGivenUp):
        yield Finding(
            "given_up", (one.event.record, one.id), card.partition, one.offset, one.sayer, one.event.reason, "given_up",
            card.topic,
        )  # fmt: skip
    for one in card.of(Request):
        wanted = answers(one.event)
        if not wanted:
            continue
        service = answerer(one.event)
        found = [fact for fact in card.by_cause.get(one.id, ()) if fact.envelope.type in wanted]
        if len(found) > 1:
            yield card.finding("answered_twice", one, *found, service=service)
        elif found and {TYPES[fact].KEYED_ON for fact in wanted} != {one.event.KEYED_ON}:
            apart.asked(one.id, wanted, 1, card.finding("answered_twice", one, *found, service=service))
        elif not found and (service, one.id) not in given_up:
            for finding in _waiting(card, one, service):
                apart.asked(one.id, wanted, 0, finding)


def _waiting(card: Card, one: Told, service: str) -> Iterator[Finding]:
    beside = card.by_cause.get(one.id, ())
    held = [fact for fact in beside if isinstance(fact.event, AnyRequestHeld) and fact.sayer == service]
    about: dict[str, Any] = {"service": service}
    if service in card.parked:
        yield card.finding("parked", one, **about, standing="parked")
    # A deadline that passed and was heard must have been answered: then it is not waiting any more, it is lost.
    elif held and not any(_is_over(card, fact, service) for fact in beside):
        yield card.finding("held", one, **about, detail=held[-1].event.code, standing="held")
    elif one.offset < card.handled.get(service, 0):
        yield card.finding("unanswered", one, **about)
    elif one.offset < card.mark:
        yield card.finding("not_handled_yet", one, **about, standing="pending")


def _is_over(card: Card, fact: Told, service: str) -> bool:
    own = isinstance(fact.event, AnyDeadlinePassed) and fact.sayer == service
    return own and fact.offset < card.handled.get(service, 0)
