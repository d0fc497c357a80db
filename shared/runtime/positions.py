"""Log and store know each other: what a store is complete to, per partition, and which record stands there.

A consumer group knows offsets, not identities: a broker that was wiped or restored gives other records to old offsets.
A position is a true lower bound. Everything up to its record is handled, and what that said is acknowledged. It is
written at most once a second and when partitions are let go, so it may lag behind what is committed (a restart then
hears up to a second's work again, and says the same ids), and never runs ahead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from shared.decider import Service
from shared.envelope import Record
from shared.runtime.archive import Archive
from shared.runtime.documents import STREAMS
from shared.runtime.identity import AnotherLog, Position, begins, position_of
from shared.runtime.log import Log, Place, Standing
from shared.runtime.positions_kept import POSITIONS, compared, known, load, out, write
from shared.runtime.store import Store

__all__ = ["POSITIONS", "Positions", "Start", "compared", "known"]

EVERY = 1.0


class Start(NamedTuple):
    """Where reading begins, and whether the group would begin elsewhere."""

    offset: int
    moved: bool


class Positions:
    """The positions of one process's partitions: compared with the log when they are assigned, kept while it works."""

    def __init__(
        self, service: Service[Any] | Archive, store: Store, log: Log, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.service, self.store, self.log, self.clock = service, store, log, clock
        self.refused = asyncio.Event()
        self.refusal = ""
        """Why this log is not the store's, in words: the process is to end."""
        self._compared: set[Place] = set()
        self._kept: dict[Place, Position] = {}
        self._reached: dict[Place, Record] = {}
        self._due = 0.0
        self._sure = False

    @property
    def doubt(self) -> str:
        """Why it is not so, or not known yet, that this log is the store's."""
        return self.refusal or ("" if self._sure else "not compared with the store yet")

    async def compare(self, places: AbstractSet[Place], anew: AbstractSet[Place] = frozenset()) -> dict[Place, Start]:
        """Where to begin in those partitions that were not compared with the store since they came here, or are to be
        compared `anew`. AnotherLog when the log is not the one the store was filled from, or can't bring the store up
        to date any more; then for good."""
        if self.refusal:
            raise AnotherLog(self.refusal)
        new, compared = (places - self._compared) | anew, self._compared
        if not new:
            return {}
        try:
            await self.save(now=True)
            starts: dict[Place, Start] = {}
            for topic in sorted({place.topic for place in new}):
                starts |= await self._begin(topic, {place.partition for place in new if place.topic == topic})
        except AnotherLog as other:
            self.refusal = str(other)
            self.refused.set()
            raise
        compared |= new  # If they went away meanwhile, this is no longer the set that counts.
        self._sure = True
        return starts

    async def _begin(self, topic: str, partitions: AbstractSet[int]) -> dict[Place, Start]:
        # Commits first: another process keeps its positions before it commits anything, so they are there to be read
        # then. Read the other way round, the very first batch of another would look like a store that was lost.
        committed = await self.log.committed(topic)
        kept = {place.partition: one for place, one in (await load(self.store, topic)).items()}
        wanted = {at: kept[at].offset for at in partitions if at in kept and kept[at].digest}
        standing = await self.log.look(topic, wanted)
        if min(standing) not in kept:
            kept = await self._first(topic, standing, committed) | kept
        found: dict[Place, Start] = {}
        for at in sorted(partitions):
            place = Place(topic, at)
            if at not in kept:
                raise AnotherLog(f"the store of {self.service.name} knows nothing of {topic}/{at}, only of others")
            offset = begins(self.service.name, place, kept[at], standing[at], committed.get(at))
            found[place] = Start(offset, offset != committed.get(at, standing[at].start))
        self._kept |= {Place(topic, at): kept[at] for at in partitions}
        return found

    def reached(self, last: Mapping[Place, Record]) -> None:
        """Everything up to these records, one a partition, is handled and said."""
        self._reached |= last

    async def save(self, *, now: bool = False) -> None:
        """Write what was reached, if it is time to. StoreUnavailable: the next call tries again."""
        if not self._reached or not (now or self.clock() >= self._due):
            return
        self._due = self.clock() + EVERY
        if not self._reached.keys() <= self._kept.keys():
            # Another process wrote, or nobody knows whether this one did. Whoever did, what it wrote is true.
            self._kept |= await load(self.store, *self.service.reads)
        ahead = {at: made for at, record in self._reached.items() if (made := self._next(record)) is not None}
        kept, self._kept = self._kept, {at: one for at, one in self._kept.items() if at not in self._reached}
        lost = await write(self.store, ahead) if ahead else set()
        self._kept = {at: one for at, one in (kept | ahead).items() if at not in lost}
        self._reached = {at: record for at, record in self._reached.items() if at in lost}

    def forget(self) -> None:
        """The partitions are somebody else's now."""
        self._compared = set()
        self._kept.clear()
        self._reached.clear()

    def _next(self, record: Record) -> Position | None:
        before = self._kept.get(Place(record.topic, record.partition), Position(record.partition, -1))
        return position_of(record, before.version + 1) if record.offset > before.offset else None

    async def _first(
        self, topic: str, standing: Mapping[int, Standing], committed: Mapping[int, int]
    ) -> dict[int, Position]:
        """The store has no position of a topic yet: it, or reading the topic, is new; it was lost; or is old."""
        name = self.service.name
        if any(committed.values()) and not await self._has_documents(topic, standing):
            raise AnotherLog(
                f"the store of {name} is empty, but its group has handled {sum(committed.values())} records of {topic}:"
                f" going on from there would skip them all. Make the store anew: `onecard rebuild {name}`"
            )
        for at, there in standing.items():
            if there.start > 0 and not committed.get(at):
                raise AnotherLog(
                    f"{topic}/{at} begins at {there.start}, and the store of {name} does not say that it has handled "
                    f"what stood before. If it is right to go on without that: `onecard rebuild {name}`"
                )
        # What is committed is handled and acknowledged. A store of a time before positions is believed this once.
        made = {at: Position(at, (committed.get(at) or there.start) - 1, version=1) for at, there in standing.items()}
        # That of the lowest partition comes last, alone: while it is missing, the others may be there in part.
        lowest, *others = sorted(made)
        for some in filter(None, (others, [lowest])):
            await self.store.insert(POSITIONS.name, [out(topic, made[at], "") for at in some])
        return made

    async def _has_documents(self, topic: str, partitions: Collection[int]) -> bool:
        if isinstance(self.service, Archive):
            entries = self.service.collections[0]
            whole = next(index.name for index in entries.indexes if len(index.fields) == 1)
            return await self.store.count(entries.name, whole, limit=1) > 0
        for at in partitions:
            if await self.store.count(STREAMS, "due", (self.service.home(topic, at),), limit=1):
                return True
        return False
