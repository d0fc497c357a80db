"""What an event is about, without what it says: the fields its kind has, and reading them from any body. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic_core import from_json

from shared.events.base import TOPICS, AnyEvent, CardEvent, Event, QueueEvent

FRAMES: tuple[type[AnyEvent], ...] = (Event, CardEvent, QueueEvent)


def frame(event: AnyEvent) -> dict[str, Any]:
    """The fields that say what an event is about: card, visit, where; card, where; or queue, where."""
    return {name: getattr(event, name) for name in event.FRAME}


def frame_type(event: AnyEvent | type[AnyEvent]) -> type[AnyEvent]:
    """Its kind: Event, CardEvent or QueueEvent."""
    return _kind(event if isinstance(event, type) else type(event))


@cache
def _kind(event: type[AnyEvent]) -> type[AnyEvent]:
    for kind in FRAMES:
        if issubclass(event, kind):
            return kind
    raise TypeError(f"{event.__name__} is about neither a card nor a queue")


def read_frame(key: str, body: bytes) -> AnyEvent:
    """What a body under this record key is about, whatever its type. ValueError when it says nothing of that."""
    kind: type[AnyEvent] = QueueEvent
    if ":" not in key:
        found = from_json(body)
        kind = Event if isinstance(found, dict) and "visit" in found else CardEvent
    return kind.model_validate_json(body)


def topic_of(event: AnyEvent | type[AnyEvent]) -> str:
    """The kept topic a fact or an admitted request is on."""
    return TOPICS[event.KEYED_ON]
