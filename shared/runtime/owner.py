"""Whoever owns partitions: takes batches one at a time, commits what is done, rewinds what failed, says deadlines.

After an unhandled failure nothing is ever committed. Store or broker away is not an error of a record: rewind, back
off, lose nothing. A log that is not the one the store was filled from is an end: nothing of it is handled. Whoever only
keeps may read one batch ahead: `take_ahead`. Whoever decides may leave the commit behind: `take(…, behind=True)`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from shared.envelope import Record
from shared.runtime.commits import Commits
from shared.runtime.failures import backoff, shown
from shared.runtime.identity import AnotherLog
from shared.runtime.log import Log, OwnershipLost, Place, first_offsets, next_offsets
from shared.runtime.positions import Positions
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

    def __init__(self, hearer: Hearer, log: Log, telemetry: Telemetry, positions: Positions | None = None) -> None:
        self.hearer, self.log, self.telemetry, self.positions = hearer, log, telemetry, positions
        self.failures = 0
        self.last_poll = time.monotonic()
        self.last_error = ""
        self.commits = Commits(log, telemetry)
        self._lock = asyncio.Lock()
        # What Progress looks at: the batch in hand and the one read ahead of its turn, the one that is read again, the
        # newest handled time per partition.
        self.hand: Sequence[Record] = ()
        self.ahead: Sequence[Record] = ()
        self.again: Sequence[Record] = ()
        self.handled_ms: dict[Place, int] = {}
        self._behind: asyncio.Task[bool] | None = None
        self._missed: dict[Place, int] = {}
        self._next: dict[Place, int] = {}
        """How far each partition is done. A batch belongs to the dict it was polled under: a revoke begins another."""

    @property
    def idle(self) -> bool:
        """Whether no batch is in hand."""
        return not self._lock.locked()

    async def take(self, records: Sequence[Record], *, behind: bool = False) -> bool:
        """Handle a batch and commit it. False when it was rewound (or is somebody else's now): it will come again.

        With `behind` its commit is only on its way, or waits for the tick: the next batch is handled meanwhile, and
        meets what came of it before its own commit goes. What is not committed comes again and is heard, as after any
        crash.
        """
        done = self._next
        self.last_poll = time.monotonic()
        async with self._lock:
            return await self._through(records, partial(self.hearer.handle, records), done, behind=behind)

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

    async def _through(
        self, records: Sequence[Record], keep: Keep, done: dict[Place, int], *, behind: bool = False
    ) -> bool:
        """A batch's way to its commit, under the lock."""
        first = first_offsets(records)
        try:
            await self._compare(set(first), first, done)
            if await self._misplaced(first, done):
                return False
            self.hand = records
            done |= (
                first  # However this batch ends but by its commit, whatever was polled past it is in the wrong place.
            )
            await keep()
            if done is not self._next:
                # Partitions were let go before it was done. Refused for one of them, a commit would fail for all.
                raise OwnershipLost
            after = next_offsets(records)
            await self.commits.begin(after, later=behind)  # Step 7.
            if not behind:
                await self.commits.done()
        except OwnershipLost:
            self.hearer.forget()
            return False
        except asyncio.CancelledError:
            self.hearer.forget()
            raise
        except AnotherLog as other:
            await self._refuse(other, first)
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, losing nothing comes first
            done |= {place: min(offset, done.get(place, offset)) for place, offset in first.items()}
            await self._rewind(first, records, error)
            return False
        finally:
            self.hand = ()
        self.failures, self.last_error = 0, ""
        done |= after
        last = {Place(record.topic, record.partition): record for record in records}
        self.handled_ms |= {place: record.time_ms for place, record in last.items()}
        self.again = ()
        if self.positions is not None:
            self.positions.reached(last)
        return True

    async def _compare(self, places: set[Place], first: dict[Place, int], done: dict[Place, int]) -> None:
        """Partitions that are new here are compared with the store, and read from where it is complete. So is one that
        begins anew by itself: it may be another log."""
        if self.positions is None:
            return
        anew = {place for place, offset in first.items() if offset < done.get(place, offset)}
        starts = await self.positions.compare(places, anew)
        done |= {place: start.offset for place, start in starts.items()}
        moved = {place: start.offset for place, start in starts.items() if start.moved}
        if moved:
            await self.log.rewind(moved)

    async def _misplaced(self, first: dict[Place, int], done: dict[Place, int]) -> bool:
        """Whether a batch begins elsewhere than where the one before it, or the store, ended. What was passed over on
        the way here is read again. If it is gone from the log (its retention is over), the batch is taken next time."""
        wrong: dict[Place, int] = {}
        for place, offset in first.items():
            expected, missed = done.get(place, offset), self._missed.pop(place, None)
            # Only the very same batch coming again shows that what is before it is gone; another was on its way.
            if (offset > expected and offset != missed) or (offset < expected and self.positions is not None):
                wrong[place], self._missed[place] = expected, offset
        if wrong:
            await self.log.rewind(first | wrong)
            self.telemetry.rewound(LookupError(f"records of {len(wrong)} partitions were passed over"), 0.0, wrong)
        return bool(wrong)

    async def _refuse(self, other: AnotherLog, first: dict[Place, int]) -> None:
        """Nothing of this log is handled. Whoever runs this process ends it."""
        await self.log.rewind(first)
        self.hearer.forget()
        if self.last_error != str(other):
            self.last_error = str(other)
            self.telemetry.out.error("another log", reason=self.last_error)
        await asyncio.sleep(TICK)

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
                await self.commits.all()
                if self.positions is not None:
                    await self.positions.save(now=True)
        except Exception as error:  # noqa: BLE001 - a position may lag behind
            self.telemetry.rewound(error, 0.0)
        if self.positions is not None:
            self.positions.forget()
        self.hearer.forget()
        self.commits.forget()
        self._next, self._missed = {}, {}
        self.again = ()
        self.handled_ms.clear()

    def _alive(self) -> float:
        """A quiet partition makes no batch; the log says when it was last polled."""
        return getattr(self.log, "polled", 0.0)

    async def _tick(self) -> None:
        """Every partition gets its tick, whatever another's came to; none before it was compared with the store."""
        owned = self.log.owned()
        try:
            async with self._lock:
                await self.commits.again()
                await self._compare(owned, {}, self._next)
                if self.positions is not None:
                    await self.positions.save()
        except AnotherLog as other:
            await self._refuse(other, {})
            return
        except OwnershipLost:
            self.hearer.forget()
            return
        except Exception as error:  # noqa: BLE001 - the next tick tries again
            self.telemetry.rewound(error, TICK)
            return
        for place in sorted(owned):
            try:
                async with self._lock:
                    await self.hearer.tick(place)
            except Exception as error:  # noqa: BLE001 - the next tick tries again
                self.hearer.forget()
                self.telemetry.rewound(error, TICK)
