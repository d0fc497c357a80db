"""What requests were held for, as the log has it: guide tells that only for as long as it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deploy.commands.here import Here
from deploy.demo.measured import all_of
from deploy.demo.mischief import HELD_ONLY, Played
from shared.events import TYPES, AnyEvent
from shared.events.base import TOPICS
from shared.events.runtime import AnyRequestHeld


async def as_logged(here: Here, played: Sequence[Played]) -> list[Played]:
    """The same, but of scenarios that are only held with what the log says they were held for."""
    held: dict[str, list[str]] = {
        one.request: [] for one in played if one.request and one.scenario.expects in HELD_ONLY
    }
    for topic in TOPICS.values():
        async for envelope in all_of(here.access("operator"), topic):
            event = TYPES.get(envelope.type, AnyEvent)
            if issubclass(event, AnyRequestHeld) and envelope.causation in held:
                held[envelope.causation].append(event.model_validate_json(envelope.body).code)
    return [replace(one, got=", ".join(held[one.request])) if one.request in held else one for one in played]
