"""Archive ingest on SQLite: events a second, over a bare loop's and over an ordinary service's (benches.ingest_others).

Ours is what `python -m services.records` runs, in this process: Kafka log, owner with its ticks, archive, dead
letters, counters, spans to a real exporter. All take the same log from its beginning, in turn, each into a new file.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from faststream import AckPolicy

from benches.archived_log import fill
from benches.ingest_others import PATIENCE, bare, ordinary
from benches.measure import Ratio, interleaved, own_broker, own_folder, topic
from benches.sink import span_sink
from deploy.local.topics import declare
from services.records.service import ARCHIVE
from shared import tracing
from shared.adapters.kafka import KafkaLog
from shared.adapters.sqlite import SqliteStore
from shared.app import taken_by
from shared.envelope import Record
from shared.runtime.archiving import Archiving
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.owner import Owner
from shared.runtime.positions import POSITIONS, Positions
from shared.runtime.telemetry import Telemetry

EVENTS = 30_000
FEW = 1_500
"""What the ordinary service is given: it needs no more to show its speed."""
RUNS = 5
SAMPLED, TRACED = "onecard.events", "bench.traced"


async def measure(events: int = EVENTS, few: int = FEW, runs: int = RUNS) -> list[Ratio]:
    """Over the bare loop with 1 % and with 100 % of the visits traced; over the ordinary service, lossy and not."""
    async with own_broker() as kafka, span_sink(own_folder("sink")) as sink:
        provider = tracing.start("records", sink)
        await declare(kafka, [topic(TRACED, 12)])
        await fill(kafka, SAMPLED, events, 0.01)
        await fill(kafka, TRACED, events, 1.0)
        folder = own_folder("ingest")
        found = await interleaved(
            {
                "bare": lambda n: bare(kafka, SAMPLED, events, folder / f"bare-{n}.sqlite"),
                "ours": lambda n: ours(kafka, SAMPLED, events, folder / f"ours-{n}.sqlite", 0.01),
                "traced": lambda n: ours(kafka, TRACED, events, folder / f"traced-{n}.sqlite", 1.0),
                "ordinary": lambda n: ordinary(kafka, SAMPLED, few, folder / f"ordinary-{n}.sqlite"),
                "safe": lambda n: ordinary(kafka, SAMPLED, few, folder / f"safe-{n}.sqlite", AckPolicy.NACK_ON_ERROR),
            },
            runs,
        )
        if provider is not None:
            provider.shutdown()
    unit, name = "events/s", "archive ingest"
    return [
        Ratio.of(f"{name} ÷ bare loop", unit, found["ours"], found["bare"], at_least=0.8),
        Ratio.of(f"{name} ÷ bare loop, every visit traced", unit, found["traced"], found["bare"]),
        Ratio.of(f"{name} ÷ ordinary service", unit, found["ours"], found["ordinary"], at_least=15),
        Ratio.of(f"{name} ÷ ordinary service that loses nothing", unit, found["ours"], found["safe"]),
    ]


async def ours(kafka: str, source: str, events: int, path: Path, ratio: float) -> float:
    """Events a second, from the first batch in hand to the last commit."""
    store, handled, begun, done, stopped = SqliteStore(path), 0, 0.0, asyncio.Event(), asyncio.Event()
    await store.open((*ARCHIVE.collections, DEAD_LETTERS, POSITIONS))
    log = KafkaLog(kafka, f"ours-{uuid.uuid4().hex}", source)
    telemetry = Telemetry(ARCHIVE.name, ratio, view=True)
    owner = Owner(Archiving(ARCHIVE, store, log, telemetry), log, telemetry, Positions(ARCHIVE, store, log))

    take = taken_by(owner)

    async def hand_over(records: Sequence[Record]) -> None:
        nonlocal begun
        begun = begun or time.perf_counter()
        kept: asyncio.Task[bool] = await take(records)
        kept.add_done_callback(partial(count, len(records)))

    def count(records: int, kept: asyncio.Task[bool]) -> None:
        nonlocal handled
        handled += records * kept.result()
        if handled >= events:
            done.set()

    await log.start(hand_over, owner.revoked)
    ticking = asyncio.create_task(owner.ticking(stopped))
    try:
        async with asyncio.timeout(PATIENCE):
            await done.wait()
        return handled / (time.perf_counter() - begun)
    finally:
        stopped.set()
        await ticking
        await log.stop()
        await store.close()
