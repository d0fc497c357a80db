"""The archive made anew from the log: events a second, over a bare consume and insert (benches.ingest_others).

Ours is what `onecard rebuild records` folds with: every partition read by itself, every record checked, copies
recognised, into a scratch file. The bare way reads all partitions at once, outside a group, and inserts the same rows
in transactions of at most 500. Ours is timed from before its first connection, the bare way from its first batch.
"""

from __future__ import annotations

import time
from pathlib import Path

from benches.archived_log import fill
from benches.ingest_others import bare
from benches.measure import Ratio, interleaved, own_broker, own_folder
from services.records.service import ARCHIVE
from shared.adapters.kafka import KafkaLog
from shared.adapters.sqlite import SqliteStore
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.reference import Reference
from shared.runtime.log import Place
from shared.runtime.rebuild import rebuild

EVENTS, RUNS = 60_000, 5
SOURCE = "onecard.events"


async def measure(events: int = EVENTS, runs: int = RUNS) -> list[Ratio]:
    """The one ratio of this bench."""
    async with own_broker() as kafka:
        await fill(kafka, SOURCE, events, 0.0)
        folder = own_folder("rebuild")
        found = await interleaved(
            {
                "bare": lambda n: bare(kafka, SOURCE, events, folder / f"bare-{n}.sqlite", grouped=False),
                "ours": lambda n: ours(kafka, events, folder / f"ours-{n}.sqlite"),
            },
            runs,
        )
    name = "archive rebuilt from the log ÷ bare consume and insert"
    return [Ratio.of(name, "events/s", found["ours"], found["bare"], at_least=0.8)]


async def ours(kafka: str, events: int, path: Path) -> float:
    """Events a second."""
    log, store = KafkaLog(kafka, "rebuild", SOURCE), SqliteStore(path, fresh=True)
    begun = time.perf_counter()
    ends = {Place(SOURCE, at): end for at, end in (await log.ends(SOURCE)).items()}
    nowhere = SqliteElsewhere(Path(":memory:"))
    folded = await rebuild(ARCHIVE, log, store, Reference(), committed=ends, elsewhere=nowhere)
    took = time.perf_counter() - begun
    await store.close()
    if folded.records != events:
        raise RuntimeError("not every record was folded")
    return events / took
