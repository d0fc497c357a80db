"""A service's store made anew from the log: for a store that was lost, damaged, or laid out by an older version."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from shared.decider import Service
from shared.given_up import Passed
from shared.reference import Reference
from shared.runtime import dead_letters
from shared.runtime.archive import Archive, ArchiveEngine, Entries
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.elsewhere import Elsewhere
from shared.runtime.fold import Fold, Step, fold
from shared.runtime.log import Log, Place, Standing
from shared.runtime.positions import POSITIONS, known
from shared.runtime.store import Store
from shared.runtime.unsent import Folded


async def rebuild(
    service: Service[Any] | Archive,
    log: Log,
    store: Store,
    reference: Reference,
    *,
    committed: Mapping[Place, int],
    elsewhere: Elsewhere,
    accept_log: bool = False,
    passed: Passed | None = None,
    step: Step = lambda _: None,
) -> Folded:
    """Fold all a stopped service reads into a fresh store, up to what its group has committed in each partition, and
    meet what it says wherever it says it.

    Publishes nothing. Once the store has taken the live one's place, `Folded.lacking` is to be published in its order,
    if there is anything in it: those records are behind the service, so it will not say it by itself. Deadlines that
    are not on the log are armed in the documents. The store knows afterwards which log it was filled from, and how far.
    ValueError when the commits are not of this log, unless it is accepted as it is: then they count up to its end.
    PassedOver when the log gives records up that are not in `passed`: rebuild again, into another fresh store.
    """
    standing = await _standing(log, service.reads)
    for place, offset in committed.items():
        if place not in standing or (offset > standing[place].end and not accept_log):
            where = f"{place.topic}/{place.partition}"
            raise ValueError(f"{service.name} has committed beyond the end of {where}: another log?")
    reach = {at: min(max(committed.get(at, 0), there.start), there.end) for at, there in standing.items()}
    if isinstance(service, Archive):
        result = await _archived(service, log, store, reach, step)
    else:
        one = Fold(service, store, reference, elsewhere, passed=passed)
        await one.open()
        said_on = set(service.logs) - set(service.reads) if one.compare else set()
        for place, there in sorted((standing | await _standing(log, sorted(said_on))).items()):
            until = reach.get(place, 0)
            end = there.end if one.compare else until
            await fold([one], log, place, end=end, until={service.name: until}, step=step)
        await one.settle(log, reach)
        result = one.result
    await known(store, log, reach)
    return result


async def _standing(log: Log, topics: Sequence[str]) -> dict[Place, Standing]:
    return {Place(topic, at): there for topic in topics for at, there in (await log.look(topic, {})).items()}


async def _archived(archive: Archive, log: Log, store: Store, committed: Mapping[Place, int], step: Step) -> Folded:
    """One batch is read from the log while the one before it is kept."""
    result = Folded(archive.name)
    await store.open((*archive.collections, DEAD_LETTERS, POSITIONS))
    engine = ArchiveEngine(archive, store)

    async def keep(entries: Entries, records: int) -> None:
        letters = await engine.keep(entries)
        await dead_letters.keep(store, [dead_letters.of(record, cause) for record, cause in letters])
        result.records += records
        step(records)

    behind = asyncio.create_task(asyncio.sleep(0))
    try:
        for place, until in sorted(committed.items()):
            async for records in log.scan(place, 0, until):
                entries = engine.read(records)
                await behind
                behind = asyncio.create_task(keep(entries, len(records)))
                await asyncio.sleep(0)  # The store is at work before this thread reads on.
    finally:
        await behind
    return result
