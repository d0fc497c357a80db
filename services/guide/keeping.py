"""How maps and states are kept: nothing is made anew when nothing changed, and no map grows beyond its newest 500."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from services.guide.shapes import State

NEWEST = 500
T = TypeVar("T")


def change(state: State, **fields: Any) -> State:
    """The state with these fields; the same object when they are what they were."""
    if all(getattr(state, name) == value for name, value in fields.items()):
        return state
    # Every event changes the state, and dataclasses.replace sets its fields one by one: four times as slow.
    changed = object.__new__(State)
    changed.__dict__.update(state.__dict__, **fields)
    return changed


def put(known: dict[str, T], key: str, value: T) -> dict[str, T]:
    """The map with one entry set, its oldest entries dropped beyond the newest 500."""
    if known.get(key) == value:
        return known
    more = {**known, key: value}
    if len(more) > NEWEST:
        del more[next(iter(more))]
    return more


def drop(known: dict[str, T], key: str) -> dict[str, T]:
    """The map without one entry."""
    return {other: value for other, value in known.items() if other != key} if key in known else known


def utc(at: datetime) -> str:
    """A moment as UTC text of fixed width, so that text sorts as time does."""
    try:
        at = at.astimezone(UTC)
    except OverflowError:  # the first or last day of the calendar has no UTC; it is no real moment either
        at = at.replace(tzinfo=UTC)
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
