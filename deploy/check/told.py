"""One card's history as an accountant reads it: the first copy of each event, in log order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from deploy.check.result import Finding
from deploy.check.tariff import Tariff
from shared.envelope import Envelope
from shared.events import AnyEvent


@dataclass(frozen=True, slots=True)
class Told:
    """An event and where its first copy stands."""

    offset: int
    envelope: Envelope
    event: Any  # AnyEvent; whoever matches on its type knows which

    @property
    def id(self) -> str:
        return self.envelope.id

    @property
    def cause(self) -> str:
        return self.envelope.causation

    @property
    def sayer(self) -> str:
        """The service that owns its type; `edge` for a request."""
        return self.envelope.type.split(".")[1]


Signed = Callable[[Told], bool]
"""Whether an admitted request bears its terminal's signature."""


@dataclass(frozen=True)
class Card:
    """All of one card, or (`topic` says so) of one queue or ward. What stands at `mark` or later came while the check
    ran. `handled` is how far each service has come in this partition: what stands there or later it may not have
    answered yet. `parked` are the services that parked a stream of this key; `tariff` are the prices and the payers'
    rules, where the check was told where they are."""

    key: str
    partition: int
    told: Sequence[Told]
    mark: int = 0
    handled: Mapping[str, int] = field(default_factory=dict)
    parked: frozenset[str] = frozenset()
    topic: str = ""
    tariff: Tariff | None = None

    @cached_property
    def by_id(self) -> dict[str, Told]:
        return {one.id: one for one in self.told}

    @cached_property
    def by_cause(self) -> dict[str, list[Told]]:
        found: dict[str, list[Told]] = {}
        for one in self.told:
            found.setdefault(one.cause, []).append(one)
        return found

    def of(self, *types: type[AnyEvent]) -> Iterator[Told]:
        """The events of some types, in log order."""
        return (one for one in self.told if isinstance(one.event, types))

    def is_behind(self, service: str) -> bool:
        """Whether a service has not handled all of this card: what it said last may be only half on the log."""
        return bool(self.told) and self.told[-1].offset >= self.handled.get(service, 0)

    def finding(self, code: str, *about: Told, **more: Any) -> Finding:
        """A finding about some of its events."""
        ids = tuple(one.id for one in about)
        service = about[0].sayer if about and about[0].sayer != "edge" else ""
        first = about[0].offset if about else -1
        return Finding(code, ids, self.partition, first, **{"service": service, "topic": self.topic, **more})
