"""What the runtime says for every service: `onecard.<service>.<name>.v1`."""

from __future__ import annotations

from pydantic import AwareDatetime

from shared.events.base import Code, Event, EventID, FreeText, Name


class RuntimeEvent(Event):
    """An event whose sayer is whichever service's runtime said it."""


class RequestHeld(RuntimeEvent, by="{service}"):
    """A request waits for something that may still come. Said once per code."""

    request: EventID
    request_type: Code
    code: Code
    until: AwareDatetime


class DeadlinePassed(RuntimeEvent, by="{service}"):
    """A deadline of a stream is over. Heard by its own service alone; `about` is the id the deadline is about."""

    stream: Name
    due: AwareDatetime
    why: Code
    about: EventID


class IrregularityResolved(RuntimeEvent, by="{service}", archived="irregular"):
    """An irregular act was set right, or (`found` false) there was none to set right."""

    irregularity: EventID
    resolution: FreeText
    found: bool = True


class RecordGivenUp(RuntimeEvent, by="{service}"):
    """A parked record an operator gave up, and why. Recompute passes it over."""

    record: EventID
    reason: Name
