"""What a reader remembers of the dynamic codes it took, so that each is good once."""

import heapq
from datetime import datetime

from shared.health_card.refusals import RefusalCode


class ReplayCache:
    """Codes in memory, each bound to the terminal that took it, forgotten when its window has passed.

    It holds at most `capacity` codes. When all of them are still good it admits no more: to forget one early would let
    that one be shown again. Terminals may share it, and then learn of each other's codes; threads may not.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._terminals: dict[bytes, str] = {}
        self._ends: list[tuple[datetime, bytes]] = []

    def admit(self, code: bytes, *, terminal: str, now: datetime, until: datetime) -> RefusalCode | None:
        """None the first time a code is shown, then the reason to refuse it. `now` and `until` are aware."""
        self._forget(now)
        match self._terminals.get(code):
            case None if len(self._terminals) >= self._capacity:
                return "qr_reader_busy"
            case None:
                self._terminals[code] = terminal
                heapq.heappush(self._ends, (until, code))
                return None
            case taken_by:
                return "qr_replayed" if taken_by == terminal else "qr_used_elsewhere"

    def __len__(self) -> int:
        return len(self._terminals)

    def _forget(self, now: datetime) -> None:
        while self._ends and self._ends[0][0] <= now:
            del self._terminals[heapq.heappop(self._ends)[1]]
