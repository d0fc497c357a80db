"""What intake says beside the requests it admits unchanged."""

from __future__ import annotations

from shared.events.base import AnyEvent, CardEvent, Code, Event, EventID, QueueEvent


class AnyRequestRefused(AnyEvent):
    """A proven request that may not enter: too late, ahead of time, another's terminal, personal text, unknown code."""

    request: EventID
    request_type: Code
    code: Code


class RequestRefused(AnyRequestRefused, Event, by="intake", archived="refusal"):
    """A proven request that may not enter: too late, ahead of time, another's terminal, personal text, unknown code."""


class CardRequestRefused(AnyRequestRefused, CardEvent, by="intake", archived="refusal"):
    """The same of a request about a card within no visit."""


class QueueRequestRefused(AnyRequestRefused, QueueEvent, by="intake"):
    """The same of a request about a queue or ward."""
