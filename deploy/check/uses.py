"""The card at every step: in how many visits each step was done, and in how many of those the card was taken at it.

No finding follows from it: a step without a card is no broken promise, but an operator wants to know where it happens.
What is kept does not grow with the log: a counter per step, and the first visits of each that had no card.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.health_card.steps import CROSSWALK

MOST_NAMED = 5


@dataclass
class Uses:
    """`terminals` are their kinds by code. By step: visits in which it was `done`, in which the card was `taken` at it,
    and the first visits in which it was done without a card. `histogram`: visits by how many steps took the card."""

    terminals: Mapping[str, str]
    done: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    without: dict[str, list[str]] = field(default_factory=dict)
    histogram: Counter[int] = field(default_factory=Counter)

    def kind_of(self, terminal: str) -> str:
        """The kind of a terminal; empty for one nobody knows."""
        return self.terminals.get(terminal, "")

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        steps = [
            {
                "step": step.name,
                "zh": step.zh,
                "en": step.en,
                "done": self.done[step.name],
                "taken": self.taken[step.name],
                "without": self.without.get(step.name, []),
            }
            for step in CROSSWALK
        ]
        histogram = {str(n): self.histogram[n] for n in range(len(CROSSWALK) + 1)}
        return {"visits": self.histogram.total(), "steps": steps, "histogram": histogram}

    def add(self, visit: str, done: set[str], taken: set[str]) -> None:
        """Count a visit by the names of the steps that were done in it, and of those at which the card was taken."""
        self.done.update(done)
        self.taken.update(taken)
        self.histogram[len(taken)] += 1
        for step in sorted(done - taken):
            named = self.without.setdefault(step, [])
            if len(named) < MOST_NAMED:
                named.append(visit)
