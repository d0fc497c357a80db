"""Step 7, off the way of the next batch: commits go one at a time and in order; what failed goes with the next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from shared.runtime.log import Log, OwnershipLost, Place


class Commits:
    """At most one commit is on its way. Whoever begins the next meets first what came of the one before."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._task: asyncio.Task[None] | None = None
        self._open: dict[Place, int] = {}

    async def begin(self, after: Mapping[Place, int]) -> None:
        """Wait for the commit before this one, and send this one. OwnershipLost or LogUnavailable are the former's."""
        await self.done()
        self._open |= after
        self._task = asyncio.create_task(self._commit(dict(self._open)))

    async def done(self) -> None:
        """Return when what was begun is committed. OwnershipLost or LogUnavailable when it was not taken."""
        task, self._task = self._task, None
        if task is not None:
            await task

    async def again(self) -> None:
        """While no batch comes: raise what a commit failed of, once, and send it again at the next call."""
        if self._task is not None and self._task.done():
            await self.done()
        elif self._task is None and self._open:
            await self.begin({})

    def forget(self) -> None:
        """The partitions are somebody else's now, or what stood before them is read again."""
        self._open.clear()

    async def _commit(self, positions: dict[Place, int]) -> None:
        try:
            await self._log.commit(positions)
        except OwnershipLost:
            self._open.clear()
            raise
        self._open.clear()
