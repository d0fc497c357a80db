"""Work of a process beside its batches, none of which may end unnoticed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, Protocol

from shared.runtime.failures import shown

BROKEN = 70
"""The status of a process that ended because a part of it did (EX_SOFTWARE of sysexits.h): to be started again."""

LAST = 10.0
"""Seconds they have to end in, once the process does."""


class Out(Protocol):
    """Where it is said, as an operator reads it."""

    def error(self, event: str, **fields: Any) -> Any: ...


class Tended:
    """Tasks for as long as there is something for them to do. Where one breaks, or a wait of its own was cancelled, the
    process is told to stop: nobody waits for such a task, so it would go on as if nothing were missing."""

    def __init__(self, stopped: asyncio.Event, out: Out) -> None:
        self._stopped, self._out = stopped, out
        self._tasks: list[asyncio.Task[None]] = []
        self.broken = ""
        """The part that broke first; empty while none did."""

    def begin(self, part: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(partial(self._over, part))
        self._tasks.append(task)
        return task

    async def over(self) -> None:
        """Return when all of them are, or when they had the time to: one that stands still is let go."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST)
        for task in self._tasks:
            task.cancel()

    def _over(self, part: str, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if self._stopped.is_set() or not (error or task.cancelled()):
            return
        self.broken = self.broken or part
        self._out.error("a part broke", part=part, reason=shown(error) if error else "a wait of its was cancelled")
        self._stopped.set()
