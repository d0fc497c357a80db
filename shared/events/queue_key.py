"""What the key of a queue or ward names, read back from what `queue_key` and `ward_key` make. Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Queue(NamedTuple):
    """The queue of one session of a department (`place`) on a day, or (no session, no day) a ward."""

    institution: str
    place: str
    session: str = ""
    day: date | None = None


def queue_of(key: str) -> Queue:
    """What a key names. ValueError for a text that is no QueueKey, or names a day that no calendar has."""
    match [_read(part) for part in key.split(":")]:
        case ["queue", institution, department, session, day]:
            return Queue(institution, department, session, date.fromisoformat(day))
        case ["ward", institution, ward]:
            return Queue(institution, ward)
    raise ValueError("not the key of a queue or ward")


def names_something(key: str) -> str:
    """The same key. ValueError when it names nothing."""
    queue_of(key)
    return key


def _read(part: str) -> str:
    return part.replace("%2F", "/").replace("%3A", ":")
