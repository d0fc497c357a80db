"""What intake remembers of a card's or queue's day: nothing of its own. The runtime keeps that an id was admitted."""

from __future__ import annotations

from shared.events import AnyEvent
from shared.unchanging import unchanging


@unchanging
class State:
    """Nothing: every verdict follows from the request, its log time and the reference data."""


INITIAL = State()


def evolve(state: State, event: AnyEvent) -> State:
    """The same, always."""
    return state
