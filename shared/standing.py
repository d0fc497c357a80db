"""A process that stands still says where, and ends: whoever started it starts it again, and nothing is lost by that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from shared.tended import Out

LOOK = 1.0
LOOKS = 10
"""So many looks in a row, since a process that was frozen and goes on finds its last poll long ago for a moment."""


class StoodStillError(Exception):
    """No record was polled for too long, and what the process waits for does not come about by itself."""


async def watch(age: Callable[[], float], most: float, out: Out, stopped: asyncio.Event, look: float = LOOK) -> None:
    """Until stopped: the seconds since the last poll stay below `most`. Otherwise say what everything waits for, then
    StoodStillError."""
    looks = 0
    while not stopped.is_set():
        looks = looks + 1 if age() >= most else 0
        if looks >= LOOKS:
            out.error("stands still", seconds=round(age()), waits=waits())
            raise StoodStillError
        with suppress(TimeoutError):
            async with asyncio.timeout(look):
                await stopped.wait()


def waits() -> list[str]:
    """Where every task of this process waits, from its beginning inwards: places in code, no values."""
    return sorted(" > ".join(_inwards(task.get_coro())) for task in asyncio.all_tasks() if not task.done())


def _inwards(waiting: Any) -> Iterator[str]:
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "ag_frame", None)
        if frame is None:
            return
        yield f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno} {frame.f_code.co_name}"
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "ag_await", None)
