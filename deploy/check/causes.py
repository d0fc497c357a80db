"""Who said what because of what: every fact has its owner, its cause before it, and an id that follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from deploy.check.apart import MOST_MISSING, Apart
from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.envelope import UUID
from shared.events import Request
from shared.events.intake import AnyRequestRefused
from shared.events.runtime import AnyDeadlinePassed, AnyRecordGivenUp
from shared.step import fact_id, request_source


def causes(card: Card, apart: Apart) -> Iterator[Finding]:
    """What is wrong with owners, causes and ids of one card. A fact whose cause is under another key is judged at the
    end (`apart`)."""
    said: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for one in card.told:
        yield from _owner(card, one)
        # A deadline is about a thing, not an answer to an event; what it refuses, intake's request topic knows.
        if isinstance(one.event, Request | AnyDeadlinePassed):
            continue
        # What intake refuses, the request topic knows; what was given up, perhaps nobody can read.
        if not isinstance(one.event, AnyRequestRefused | AnyRecordGivenUp):
            if one.cause not in card.by_id:
                apart.told(card, one)
                continue
            yield from _cause(card, one)
        said[one.cause, one.sayer].append(one)
    for (cause, service), facts in said.items():
        yield from _ids(card, apart, cause, service, facts)


def _owner(card: Card, one: Told) -> Iterator[Finding]:
    decided_by = one.envelope.decided_by.partition("/")[0]
    if isinstance(one.event, Request):
        # No signature covers either: intake writes the source itself, and admits no request with a cause.
        proven = one.envelope.source == request_source(one.event.where) and not one.envelope.causation
        if decided_by != "intake" or not proven:
            yield card.finding("not_admitted_by_intake", one, service="intake")
    elif one.sayer != decided_by or one.envelope.source != f"onecard/{one.sayer}":
        yield card.finding("not_the_owner", one)


def _cause(card: Card, one: Told) -> Iterator[Finding]:
    cause = card.by_id[one.cause]
    if cause.offset >= one.offset:
        yield card.finding("cause_later", one, cause)


def _ids(card: Card, apart: Apart, cause: str, service: str, facts: list[Told]) -> Iterator[Finding]:
    """Facts of one cause are counted from 0, so a lost one leaves a gap (as does one under another key), and a made-up
    one fits nowhere."""
    left = {one.id: one for one in facts}
    missing = []
    n = 0
    while left and n < len(facts) + MOST_MISSING and UUID.match(cause):
        id = fact_id(cause, card.key, service, n)
        if left.pop(id, None) is None:
            missing.append(id)
        n += 1
    if left:
        for one in left.values():
            yield card.finding("foreign_id", one)
        return
    for id in missing:
        apart.gap(id, Finding("fact_missing", (id, cause), card.partition, facts[0].offset, service, topic=card.topic))
