"""The shapes of what guide tells of queues, as its OpenAPI document shows them."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


class TicketTold(TypedDict):
    """A number in a queue. `ahead` are the people before it while it waits, `minutes` what they may take at the queue's
    own recent speed, once it has one; `desk` is the terminal that calls it."""

    queue: str
    department: str
    session: str
    date: str
    number: int
    status: Literal["waiting", "called", "out", "served"]
    desk: str
    zh: str
    en: str
    at: str
    ahead: NotRequired[int]
    minutes: NotRequired[int]


class CalledTold(TypedDict):
    number: int
    desk: str


class BoardTold(TypedDict):
    """A queue after its `move`-th change. `waiting` are the first 500 numbers in order, `length` counts all of them,
    `issued` is the last number given, `minutes` what all who wait may take (None: nobody was served yet)."""

    queue: str
    institution: str
    department: str
    session: str
    date: str
    move: int
    called: list[CalledTold]
    waiting: list[int]
    length: int
    issued: int
    minutes: int | None
    at: str
