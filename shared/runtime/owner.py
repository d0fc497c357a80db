"""Whoever owns partitions: takes batches one at a time, commits what is done, rewinds what failed, says deadlines.

After an unhandled failure nothing is ever committed. Store or broker away is not an error of a record: rewind, back
off, lose nothing. Whoever only keeps may read one batch ahead: `take_ahead`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from shared.envelope import Record
from shared.runtime.failures import backoff, shown
from shared.runtime.log import Log, OwnershipLost, Place, first_offsets, next_offsets
from shared.runtime.telemetry import Telemetry

TICK = 0.1
DRAIN = 20.0
"""Seconds a revoked owner may take to finish the batch in hand."""


Keep = Callable[[], Awaitable[None]]
"""What is left to do with a batch before it is committed."""

Read = Callable[[Sequence[Record]], Keep]


class Hearer(Protocol):
    """What is done with a batch before it is committed: an Engine, or the archive's."""

    async def handle(self, records: Sequence[Record]) -> None: ...

    def forget(self) -> None: ...

    async def tick(self, place: Place) -> None:
        """What is due in one owned partition: deadlines, replays."""


class Owner:
    """One batch at a time, under one lock, so a tick never runs beside a batch."""

    def __init__(self, hearer: Hearer, log: Log, telemetry: Telemetry) -> None:
        self.hearer, self.log, self.telemetry = hearer, log, telemetry
        self.failures = 0
        self.last_poll = time.monotonic()
        self.last_error = ""
        self._lock = asyncio.Lock()
        # What Progress looks at: the batch in hand and the one read ahead of its turn, the one that is read again, the
        # newest handled time per partition.
        self.hand: Sequence[Record] = ()
        self.ahead: Sequence[Record] = ()
        self.again: Sequence[Record] = ()
        self.handled_ms: dict[int, int] = {}
        self._behind: asyncio.Task[bool] | None = None
        self._next: dict[Place, int] = {}
        """How far each partition is done. A batch belongs to the dict it was polled under: a revoke begins another."""

    @property
    def idle(self) -> bool:
        """Whether no batch is in hand."""
        return not self._lock.locked()

    async def take(self, records: Sequence[Record]) -> bool:
        """Handle a batch and commit it. False when it was rewound (or is somebody else's now): it will come again."""
        done = self._next
        self.last_poll = time.monotonic()
        async with self._lock:
            return await self._through(records, partial(self.hearer.handle, records), done)

    async def take_ahead(self, read: Read, records: Sequence[Record]) -> asyncio.Task[bool]:
        """Read a batch while the one before it is still being kept. Returns once that one is over and this one's
        keeping has begun, which goes on behind the next poll, and answers as `take` does. `read` changes nothing.

        One batch is read and one kept at a time, so memory is bounded and commits go in order. What was polled past a
        batch that then failed is dropped and polled again.
        """
        done = self._next
        self.last_poll = time.monotonic()
        try:
            keep = read(records)
        except Exception:  # noqa: BLE001 - handling meets the same bug again, where a failure rewinds
            keep = partial(self.hearer.handle, records)
        self.ahead = records
        try:
            await self._lock.acquire()
        finally:
            self.ahead = ()
        self._behind = asyncio.create_task(self._through(records, keep, done))
        self._behind.add_done_callback(lambda _: self._lock.release())
        await asyncio.sleep(0)  # The store is at work before this thread polls and reads again.
        return self._behind

    async def _through(self, records: Sequence[Record], keep: Keep, done: dict[Place, int]) -> bool:
        """A batch's way to its commit, under the lock."""
        first = first_offsets(records)
        if await self._skipped(first, done):
            return False
        self.hand = records
        done |= first  # However this batch ends but by its commit, whatever was polled past it is in the wrong place.
        try:
            await keep()
            after = next_offsets(records)
            await self.log.commit(after)  # Step 7.
        except OwnershipLost:
            self.hearer.forget()
            return False
        except asyncio.CancelledError:
            self.hearer.forget()
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, losing nothing comes first
            await self._rewind(first, records, error)
            return False
        finally:
            self.hand = ()
        self.failures, self.last_error = 0, ""
        done |= after
        self.handled_ms |= {record.partition: record.time_ms for record in records}
        self.again = ()
        return True

    async def _skipped(self, first: dict[Place, int], done: dict[Place, int]) -> bool:
        """Whether a batch begins later than the one before it ended. Whatever passed over records on the way here,
        they are read again. If they are gone from the log (their retention is over), the batch is taken next time."""
        gaps = {place: done.pop(place) for place, offset in first.items() if offset > done.get(place, offset)}
        if gaps:
            await self.log.rewind(first | gaps)
            self.telemetry.rewound(LookupError(f"records of {len(gaps)} partitions were passed over"), 0.0, gaps)
        return bool(gaps)

    async def _rewind(self, first: dict[Place, int], records: Sequence[Record], error: Exception) -> None:
        await self.log.rewind(first)
        self.hand, self.again = (), records
        self.hearer.forget()
        self.failures += 1
        self.last_error = shown(error)
        wait = backoff(self.failures)
        self.telemetry.rewound(error, wait, first)
        await asyncio.sleep(wait)
        self.last_poll = time.monotonic()

    async def ticking(self, stopped: asyncio.Event, tick: float = TICK) -> None:
        """Until stopped: let every owned partition do what is due. Failures wait for the next tick."""
        while not stopped.is_set():
            self.last_poll = max(self.last_poll, self._alive())
            await self._tick()
            try:
                async with asyncio.timeout(tick):
                    await stopped.wait()
            except TimeoutError:
                continue

    async def revoked(self) -> None:
        """Partitions go to somebody else, or this process leaves: finish the batch in hand, bounded, then let go."""
        try:
            async with asyncio.timeout(DRAIN), self._lock:
                pass
        except TimeoutError:
            pass
        self.hearer.forget()
        self._next = {}
        self.again = ()
        self.handled_ms.clear()

    def _alive(self) -> float:
        """A quiet partition makes no batch; the log says when it was last polled."""
        return getattr(self.log, "polled", 0.0)

    async def _tick(self) -> None:
        """Every partition gets its tick, whatever another's came to."""
        for place in sorted(self.log.owned()):
            try:
                async with self._lock:
                    await self.hearer.tick(place)
            except Exception as error:  # noqa: BLE001 - the next tick tries again
                self.hearer.forget()
                self.telemetry.rewound(error, TICK)
