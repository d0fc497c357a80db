"""What a life of a city went through: which points were met and struck, by what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

STEPS = ("read", "load", "step", "save", "publish", "commit")
"""The numbered steps of a batch that can be told from outside; grouping (2) is between reading and loading."""
IDENTITY = ("compare", "position")
"""What a process asks and writes besides, so that log and store know each other."""
POINTS = tuple(f"{step} {when}" for step in (*STEPS, *IDENTITY) for when in ("before", "after"))


@dataclass
class Tally:
    """Adds up over lives."""

    seeds: int = 0
    events: int = 0
    fewest: int = 1 << 60
    copies: int = 0
    letters: int = 0
    conflicts: int = 0
    said: Counter[str] = field(default_factory=Counter)
    """Facts by the name in their type."""
    lives: Counter[str] = field(default_factory=Counter)
    """In how many lives there was such a fact."""
    faults: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)

    def met(self, phase: str, call: str, when: str) -> None:
        """A process has come to a point."""
        self.points[f"{phase} {call} {when}"] += 1

    def struck(self, kind: str, phase: str, call: str, when: str) -> None:
        """A fault hit it there."""
        self.faults[kind] += 1
        if kind == "crash":
            self.crashes[f"{phase} {call} {when}"] += 1

    def befell(self, kind: str, times: int = 1) -> None:
        """Something else the schedule had for the city."""
        self.faults[kind] += times

    def add(self, other: Tally) -> None:
        """Another life, or many."""
        for name, value in vars(other).items():
            match value:
                case Counter():
                    getattr(self, name).update(value)
                case _ if name == "fewest":
                    self.fewest = min(self.fewest, value)
                case _:
                    setattr(self, name, getattr(self, name) + value)

    def never_crashed(self) -> list[str]:
        """The points of a batch at which no process died, neither deciding nor archiving."""
        return [point for point in POINTS if not self.crashes[f"batch {point}"]]
