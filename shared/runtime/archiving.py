"""The archive behind the same owner as every service: handle, keep what was set aside, then the owner commits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from shared.envelope import Record
from shared.runtime import dead_letters
from shared.runtime.archive import Archive, ArchiveEngine, Entries
from shared.runtime.log import Log, Place
from shared.runtime.owner import Keep
from shared.runtime.parking import replay_letters
from shared.runtime.seldom import Seldom, wall_clock_ms
from shared.runtime.store import Store
from shared.runtime.telemetry import Telemetry


class Archiving:
    """An ArchiveEngine with its dead letters, counters and spans."""

    def __init__(
        self,
        archive: Archive,
        store: Store,
        log: Log,
        telemetry: Telemetry,
        *,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.engine, self.store, self.log, self.telemetry = ArchiveEngine(archive, store), store, log, telemetry
        self.replays = Seldom(clock)

    async def handle(self, records: Sequence[Record]) -> None:
        await self.read(records)()

    def read(self, records: Sequence[Record]) -> Keep:
        """What an owner may do ahead of its turn: a batch's entries are made; what is returned keeps them."""
        begun = self.telemetry.now()
        entries = self.engine.read(records)
        self.telemetry.step("read", begun)
        return partial(self._keep, records, entries)

    async def _keep(self, records: Sequence[Record], entries: Entries) -> None:
        begun = self.telemetry.now()
        aside = await self.engine.keep(entries)
        letters = [dead_letters.of(record, cause) for record, cause in aside]
        await dead_letters.keep(self.store, letters)
        self.telemetry.step("save", begun)
        self.telemetry.archived(records, letters, entries.traced, begun)

    def forget(self) -> None:
        """Nothing is cached but when to look for replays."""
        self.replays.forget()

    async def tick(self, place: Place) -> None:
        if not self.replays.now(place):
            return
        if await dead_letters.any_asked_back(self.store):
            self.replays.looked(place, await replay_letters(self.store, self.log, place, self._readable, self._again))
        else:
            self.replays.nothing()

    async def _again(self, records: list[Record]) -> None:
        await self.handle(records)

    def _readable(self, record: Record) -> bool:
        return self.engine.takes(record)
