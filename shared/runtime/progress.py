"""How far behind an owner is, worked out when somebody asks, so that no batch pays for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from shared.runtime.log import Place
from shared.runtime.owner import Owner


class Behind(NamedTuple):
    """One partition: records not handled yet, and for how many seconds the oldest of them has been on the log."""

    records: int
    seconds: float


class Lagging(Protocol):
    """What this asks of the log."""

    def lag(self) -> dict[Place, int]: ...


class Progress:
    """The owner knows what it has in hand, the log what is still to come.

    A record in hand, or given back to be read again, tells its append time. Of one not read yet the time is not known:
    it came no earlier than the last one that was handled, and no earlier than there was first anything to read.
    """

    def __init__(self, owner: Owner, log: Lagging, clock: Callable[[], float] = time.time) -> None:
        self.owner, self.log, self.clock = owner, log, clock
        self._since: dict[Place, float] = {}

    def look(self) -> Mapping[Place, Behind]:
        """Every owned partition of which anything is known."""
        now, lags = self.clock(), dict(self.log.lag())
        oldest: dict[Place, float] = {}
        # What is in hand the consumer takes for read; what is to be read again it counts by itself.
        hand = (*self.owner.hand, *self.owner.ahead)
        for record in hand:
            place = Place(record.topic, record.partition)
            lags[place] = lags.get(place, 0) + 1
        for record in (*self.owner.again, *hand):
            place = Place(record.topic, record.partition)
            oldest[place] = min(oldest.get(place, now), record.time_ms / 1000)
        self._since = {place: self._since.get(place, now) for place, lag in lags.items() if lag}
        return {
            place: Behind(lag, max(0.0, now - oldest.get(place, self._at_least(place))) if lag else 0.0)
            for place, lag in lags.items()
        }

    def _at_least(self, place: Place) -> float:
        return max(self._since[place], self.owner.handled_ms.get(place, 0) / 1000)
