"""Step 7, off the way of the next batch: commits go one at a time and in order; what failed goes with the next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from shared.runtime.log import Log, OwnershipLost, Place
from shared.runtime.telemetry import Telemetry

MOST = 50
"""Batches that wait for one commit at most: what comes again after a crash."""


class Commits:
    """At most one commit is on its way. Whoever begins the next meets first what came of the one before.

    Of what may go `later` one commit goes between two ticks, and the rest with the next tick: a broker and a client
    take as long for a commit as for a small batch.
    """

    def __init__(self, log: Log, telemetry: Telemetry) -> None:
        self._log, self._telemetry = log, telemetry
        self._task: asyncio.Task[None] | None = None
        self._open: dict[Place, int] = {}
        self._since_tick = 0
        """Commits and batches begun since the last tick, or since a commit failed."""

    async def begin(self, after: Mapping[Place, int], *, later: bool = False) -> None:
        """Wait for the commit before this one, and send this one. OwnershipLost or LogUnavailable are the former's."""
        await self.done()
        self._open |= after
        self._since_tick += 1
        if later and self._since_tick % MOST != 1:
            return
        self._task = asyncio.create_task(self._commit(dict(self._open)))

    async def done(self) -> None:
        """Return when what was sent is committed. OwnershipLost or LogUnavailable when it was not taken."""
        task, self._task = self._task, None
        if task is not None:
            try:
                await task
            except BaseException:
                self._since_tick = 0
                raise

    async def all(self) -> None:
        """Return when all that was told is committed. Raises as `done` does."""
        await self.done()
        if self._open:
            await self.begin({})
            await self.done()

    async def again(self) -> None:
        """A tick: raise what a commit failed of, once, and send at the next what that left, or what waits."""
        if self._task is not None and not self._task.done():
            return
        await self.done()
        self._since_tick = 0
        if self._open:
            await self.begin({})

    def forget(self) -> None:
        """The partitions are somebody else's now, or what stood before them is read again."""
        self._open.clear()

    async def _commit(self, positions: dict[Place, int]) -> None:
        begun = self._telemetry.now()
        try:
            await self._log.commit(positions)
        except OwnershipLost:
            self._open.clear()
            raise
        self._telemetry.committed(begun)
        self._open.clear()
