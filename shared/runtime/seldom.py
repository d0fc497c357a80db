"""When to look again for what people seldom ask for: at once after something was found, else a second later.

A tick comes ten times a second for every partition; asked each time, an idle store would do nothing but say no. While
nobody asks for anything anywhere it is not even asked for each partition.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from shared.runtime.log import Place

EVERY_MS = 1_000


def wall_clock_ms() -> int:
    """Milliseconds since the epoch: only ever compared with deadlines and with itself, never given to a decider."""
    return time.time_ns() // 1_000_000


class Seldom:
    """By partition; `clock` is in milliseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self._next: dict[Place, int] = {}
        self._anywhere = 0

    def now(self, place: Place) -> bool:
        """Whether to look."""
        return self.clock() >= max(self._anywhere, self._next.get(place, 0))

    def nothing(self) -> None:
        """A look at all of it found that nobody asks for anything."""
        self._anywhere = self.clock() + EVERY_MS

    def looked(self, place: Place, found: int) -> None:
        """A look came to an end, and found so many. One that failed did not."""
        self._next[place] = 0 if found else self.clock() + EVERY_MS

    def forget(self) -> None:
        """Look everywhere again."""
        self._next.clear()
        self._anywhere = 0
