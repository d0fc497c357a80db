"""A parked record that an operator gives up: it counts as heard, and the log says so, by whom and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, TypeVar

from shared import heard
from shared.decider import Service
from shared.envelope import Envelope
from shared.events import AnyEvent, wire_type
from shared.events.frames import frame, read_frame
from shared.events.runtime import AnyRecordGivenUp, kind_for, kinds
from shared.step import Stream, fact_of

S = TypeVar("S")


class GivenUp(NamedTuple):
    """Why, and by whom: a code, never a name."""

    reason: str
    operator: str


Passed = Mapping[tuple[str, str], GivenUp]
"""Records that are given up, by record key and id."""


def give_up(
    service: Service[S], stream: Stream[S], envelope: Envelope, event: AnyEvent | None, given_up: GivenUp
) -> tuple[Stream[S], list[Envelope]]:
    """The stream without the record. The same stream object when it was heard before. ValueError when not even the
    frame of the record can be read."""
    digest = heard.digest(envelope)
    if heard.find(stream.heard, envelope.id) is not None:
        return stream, []
    about = read_frame(envelope.key, envelope.body) if event is None else event
    where = about.where.model_copy(update={"operator": given_up.operator})
    said = kind_for(AnyRecordGivenUp, about)
    fact = said(**{**frame(about), "where": where}, record=envelope.id, reason=given_up.reason)
    after = replace(stream, heard=heard.add(stream.heard, envelope.id, digest, service.keeps_heard))
    return after, [fact_of(service, envelope, fact, 0)]


def given_up_by(service: Service[S], envelope: Envelope) -> tuple[tuple[str, str], GivenUp] | None:
    """Which record a fact on the log gives up for this service; None for any other event."""
    said = next((kind for kind in kinds(AnyRecordGivenUp) if wire_type(kind, service.name) == envelope.type), None)
    if said is None:
        return None
    fact = said.model_validate_json(envelope.body)
    return (envelope.key, fact.record), GivenUp(fact.reason, fact.where.operator or "")
