"""How often streams read, gather and speak."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.changes import Changes


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. `poll_*`: how often is read without a change, which another process may have made; `poll_told`: the same
    where none could; `heartbeat`: the longest silence; `gather`: how long changes gather before the next reading;
    `rest`: how many times as long as a reading took is waited after it, so that a store under load is asked less."""

    poll_visit: float = 2.0
    poll_desk: float = 1.0
    poll_told: float = 5.0
    heartbeat: float = 15.0
    gather: float = 0.03
    rest: float = 4.0

    def until(self, changes: Changes, poll: float) -> float:
        """How long to wait for a change before reading anyway."""
        return min(max(poll, self.poll_told) if changes.whole() else poll, self.heartbeat)
