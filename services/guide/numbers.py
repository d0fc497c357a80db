"""What guide remembers of numbers and queues. These names are the storage format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TicketStatus = Literal["waiting", "called", "out", "served"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A number of the visit in one queue, and the desk that called it."""

    number: int
    status: TicketStatus
    desk: str
    at: str


@dataclass(frozen=True, slots=True)
class Board:
    """A queue after its `move`-th change: the first numbers in line, those called and where, and its speed."""

    move: int = 0
    issued: int = 0
    length: int = 0
    waiting: tuple[int, ...] = ()
    called: tuple[tuple[int, str], ...] = ()
    service_seconds: int | None = None
    desks: int = 0
    at: str = ""
