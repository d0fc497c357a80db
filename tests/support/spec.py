"""given(...).when(...).then(...): a service told by its events, through the very step the runtime runs.

given(SERVICE, registered, ordered).when(collected).then(SpecimenAccepted(...))
given(SERVICE).when(collected).then_held("order_not_seen")
given(SERVICE, registered).when(collected).when_overdue().then(SpecimenIrregular(...))
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from shared.decider import Service
from shared.envelope import Envelope, at_ms, to_ms
from shared.events import TYPES, AnyEvent, wire_type
from shared.events.base import SHANGHAI, Visit, Where, queue_key
from shared.events.frames import topic_of
from shared.events.runtime import AnyRequestHeld
from shared.reference import Reference
from shared.step import Stream, deadlines, step

CARD = "c" * 64
START = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
VISIT = Visit(id=f"0193e5c0-0000-7000-8000-{0:012d}", date=START.date())
ANOTHER_DAY = Visit(id=VISIT.id, date=date(2026, 11, 25))
"""The example visit, named with a date it was not opened for."""
WHERE = Where(institution="H01", department="D01", terminal="T01", channel="window")
QUEUE = queue_key("H01", "D01", "morning", START.date())
ABOUT: dict[str, Any] = {"card": CARD, "visit": VISIT, "queue": QUEUE, "where": WHERE}


def an_id(n: int) -> str:
    """A made-up but well-formed event id."""
    return f"0193e5c0-0000-7000-8000-{n:012d}"


def happened(event: type[AnyEvent], n: int, /, causation: str = "", **fields: Any) -> Any:
    """An event with id `an_id(n)`, n seconds after the start, at the example card, visit, queue and place."""
    made = fact(event, **fields)
    at = START + timedelta(seconds=n)
    return made.known(an_id(n), at, at, causation)


def asked(event: type[AnyEvent], n: int, /, **fields: Any) -> Any:
    """A request of kind Ask, good for a day."""
    return happened(event, n, **{"good_until": START + timedelta(days=1), **fields})


def fact(event: type[AnyEvent], /, **fields: Any) -> Any:
    """A fact as a decider makes it: at the example card, visit, queue and place, not yet on the log."""
    return event(**{**{name: ABOUT[name] for name in event.FRAME}, **fields})


def enveloped(event: AnyEvent, service: str = "") -> Envelope:
    """The envelope of an event that has happened."""
    return Envelope(
        id=event.id,
        type=wire_type(type(event), service),
        time=event.time.isoformat(),
        key=event.key,
        body=event.model_dump_json(exclude_none=True).encode(),
        subject=event.subject,
        causation=event.causation,
        topic=topic_of(event),
        time_ms=to_ms(event.log_time),
    )


def given(service: Service[Any], *events: AnyEvent, reference: Reference | None = None) -> Given:
    """The service after these events."""
    story = Given(service, reference or Reference())
    for event in events:
        story.when(event)
    return story


class Given:
    """One stream of one service, and what it said last."""

    def __init__(self, service: Service[Any], reference: Reference) -> None:
        self.service, self.reference = service, reference
        self.stream: Stream[Any] = Stream(service.initial)
        self.said: list[AnyEvent] = []
        self.last: AnyEvent | None = None

    def when(self, event: AnyEvent) -> Given:
        """The service hears an event."""
        self.last = event
        self._step(enveloped(event, self.service.name), event)
        return self

    def when_overdue(self, about: str | None = None) -> Given:
        """Every deadline passes (or the one about an id), and is heard."""
        far = 1 << 60
        for passed in deadlines(self.service, self.stream, self._last().key, self.service.stream(self._last()), far):
            if about is None or json.loads(passed.body)["about"] == about:
                self._step(passed._replace(time_ms=to_ms(passed.happened)), _read(passed))
        return self

    def then(self, *facts: AnyEvent) -> Given:
        """It says exactly these facts (what the runtime says of holding aside)."""
        said = [fact for fact in self.said if not isinstance(fact, AnyRequestHeld)]
        assert said == [_on_the_log(fact) for fact in facts]
        return self

    def then_nothing(self) -> Given:
        """It says nothing at all."""
        assert self.said == []
        return self

    def then_held(self, code: str) -> Given:
        """It keeps the event for that code, and says so and nothing else."""
        assert [fact.code for fact in self.said if isinstance(fact, AnyRequestHeld)] == [code]
        assert self.stream.held[-1].code == code
        return self.then()

    def _last(self) -> AnyEvent:
        assert self.last is not None, "nothing has happened yet"
        return self.last

    def _step(self, envelope: Envelope, event: AnyEvent) -> None:
        self.stream, said = step(self.service, self.stream, envelope, event, self.reference)
        self.said = [_bare(envelope) for envelope in said]


def _on_the_log(fact: AnyEvent) -> AnyEvent:
    """A fact as whoever reads it sees it: an act inside it no longer knows its own envelope."""
    return type(fact).model_validate_json(fact.model_dump_json(exclude_none=True))


def _bare(envelope: Envelope) -> AnyEvent:
    return TYPES[envelope.type].model_validate_json(envelope.body)


def _read(envelope: Envelope) -> AnyEvent:
    return _bare(envelope).known(envelope.id, envelope.happened, at_ms(to_ms(envelope.happened)), envelope.causation)
