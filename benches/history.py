"""Cost per event with ten times the history stored: every service over 1,000,000 documents ÷ over 100,000, on SQLite.

The events are those of whole visits, stays and check-ups, as the services themselves said them (benches.history_log).
Each service handles the same events over a store of either size, in turn, visits that neither has seen before in every
run; what else is stored are its own documents of finished visits, under other cards. Only events it hears are handled,
so no skipped one makes the ratio look better; what it says goes nowhere. CPU is the whole process's, so the store's
thread is in it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benches.archive_made import made
from benches.history_log import GROUPS, ROOM_FOR_ALL, Lived, filled, lived
from benches.measure import Measured, Ratio, own_folder
from services.records.service import ARCHIVE
from shared.adapters.kafka import BATCH
from shared.adapters.memory_log import MemoryLog
from shared.adapters.sqlite import SqliteStore
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.decider import Service
from shared.envelope import Record
from shared.runtime.archiving import Archiving
from shared.runtime.changes import Changes
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import collection
from shared.runtime.engine import Engine
from shared.runtime.telemetry import Telemetry
from shared.runtime.unsent import Folded, Unsent

SMALL, LARGE = 100_000, 1_000_000
Handle = Callable[[Sequence[Record]], Awaitable[Any]]
Cost = tuple[float, float]
"""Microseconds an event, of CPU and by the clock."""


async def measure(small: int = SMALL, large: int = LARGE, groups: int = GROUPS) -> list[Measured]:
    """Two ratios a service: of CPU and by the clock. The first group of visits is a warm-up."""
    life = await lived(groups)
    found: list[Measured] = []
    for service in (*life.services, None):
        folder = own_folder("history")
        stores = [await _store(folder / f"{size}.sqlite", life, service, size) for size in (small, large)]
        costs: list[list[Cost]] = [[], []]
        for group in range(groups):
            records = life.heard(service, group)
            for (_, handle), cost in zip(stores, costs, strict=True):
                cost.append(await _cost(handle, records))
        for store, _ in stores:
            await store.close()
        shutil.rmtree(folder)
        found += _ratios(service.name if service else ARCHIVE.name, *costs, words=f"{large:,} stored ÷ {small:,}")
    return found


async def _store(path: Path, life: Lived, service: Service[Any] | None, size: int) -> tuple[SqliteStore, Handle]:
    """A filled file, opened, and what handles a batch over it."""
    if service is None:
        made(path, size)
    else:
        filled(path, service, life.kept[service.name], size)
    store, telemetry = SqliteStore(path), Telemetry("bench")
    if service is None:
        await store.open((*ARCHIVE.collections, DEAD_LETTERS))
        return store, Archiving(ARCHIVE, store, MemoryLog(life.topics, "", ""), telemetry).handle
    await store.open((collection(service), DEAD_LETTERS))
    nowhere = Unsent(Folded(service.name), SqliteElsewhere(Path(":memory:")), keep=False)
    engine = Engine(service, store, nowhere, ROOM_FOR_ALL, telemetry=telemetry, changes=Changes())
    return store, engine.handle


async def _cost(handle: Handle, records: Sequence[Record]) -> Cost:
    spent, begun = time.process_time(), time.perf_counter()
    for first in range(0, len(records), BATCH):
        await handle(records[first : first + BATCH])
    return (time.process_time() - spent) / len(records) * 1e6, (time.perf_counter() - begun) / len(records) * 1e6


def _ratios(name: str, small: list[Cost], large: list[Cost], *, words: str) -> Iterator[Ratio]:
    bound = 1.3 if name == ARCHIVE.name else 1.1
    for which, unit in ((0, "µs of CPU"), (1, "µs")):
        ours, other = [cost[which] for cost in large[1:]], [cost[which] for cost in small[1:]]
        yield Ratio.of(f"{name}, cost per event with {words}", unit, ours, other, at_most=bound)
