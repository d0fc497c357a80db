"""What intake says beside the requests it admits unchanged."""

from __future__ import annotations

from shared.events.base import Code, Event, EventID


class RequestRefused(Event, by="intake", archived="refusal"):
    """A proven request that may not enter: too late, ahead of time, another's terminal, personal text, unknown code."""

    request: EventID
    request_type: Code
    code: Code
