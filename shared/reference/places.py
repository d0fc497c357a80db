"""How queues are joined, and which beds wards have."""

from __future__ import annotations

from typing import NamedTuple


class Ward(NamedTuple):
    """A ward of a hospital: the codes of its beds, in the order they are given."""

    institution: str
    code: str
    name_zh: str
    name_en: str
    beds: tuple[str, ...]


class QueueRule(NamedTuple):
    """Whether a queue is joined by a check-in too, and how many numbers it has (号源; None: no limit)."""

    check_in: bool
    capacity: int | None


NO_RULE = QueueRule(check_in=False, capacity=None)
