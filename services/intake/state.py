"""What intake remembers of a card's day: nothing of its own. That an id was admitted is what the runtime keeps."""

from __future__ import annotations

from dataclasses import dataclass

from shared.events import Event


@dataclass(frozen=True, slots=True)
class State:
    """Nothing: every verdict follows from the request, its log time and the reference data."""


INITIAL = State()


def evolve(state: State, event: Event) -> State:
    """The same, always."""
    return state
