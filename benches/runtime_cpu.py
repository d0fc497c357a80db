"""Runtime CPU per handled event, memory store ÷ bare getmany + pydantic parse + publish of the same events.

Both read the same RegistrationRequested events from the real broker and say one event for each. Ours is what
`python -m services.registration` runs, but for the store: batches are taken as shared.app hands them over, the owner
ticks, and spans go to a real exporter. CPU is this process's own (user and system), up to the last commit and span, so
the broker's is not in it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from opentelemetry.sdk.trace import TracerProvider

from benches.measure import Ratio, interleaved, own_broker, own_folder, topic
from benches.sink import span_sink
from deploy.edges import EDGE
from deploy.local.topics import declare
from services.registration.service import SERVICE as REGISTRATION
from shared import tracing
from shared.adapters.kafka import PRODUCER, KafkaLog
from shared.adapters.memory import MemoryStore
from shared.app import taken_by
from shared.envelope import Envelope, Record, headers
from shared.events.base import SHANGHAI, Visit, Where
from shared.events.edge import RegistrationRequested
from shared.reference.data import Dated, Reference
from shared.runtime.changes import Changes
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import collection
from shared.runtime.engine import Engine
from shared.runtime.owner import Owner
from shared.runtime.positions import POSITIONS, Positions
from shared.runtime.telemetry import Telemetry
from shared.trace import traceparent
from shared.uuid7 import uuid7

# It reads other topics than the one it says on, so that every repetition reads the same events.
READ, TRACED, SAID = "onecard.requests", "bench.traced", "onecard.events"
RATIOS = {READ: 0.01, TRACED: 1.0}
"""The share of visits that is traced, by the topic they are read from."""
EVENTS = 20_000
RUNS = 5


async def measure(events: int = EVENTS, runs: int = RUNS) -> list[Ratio]:
    """With 1 % and with 100 % of the visits traced."""
    async with own_broker() as kafka, span_sink(own_folder("sink")) as sink:
        provider = tracing.start("registration", sink)
        if provider is None:
            raise RuntimeError("spans go nowhere, so what they cost would not be measured")
        await declare(kafka, [topic(TRACED, 12)])
        for source, ratio in RATIOS.items():
            await _fill(kafka, source, events, ratio)
        found = await interleaved(
            {
                "ours": lambda _: _ours(kafka, READ, events, provider),
                "traced": lambda _: _ours(kafka, TRACED, events, provider),
                "bare": lambda _: _bare(kafka, events),
            },
            runs,
        )
        provider.shutdown()
    name, unit = "runtime CPU per event", "µs"
    return [
        Ratio.of(name, unit, found["ours"], found["bare"], at_most=2.2),
        Ratio.of(f"{name}, every visit traced", unit, found["traced"], found["bare"]),
    ]


async def _fill(kafka: str, source: str, events: int, ratio: float) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER)
    await producer.start()
    today = datetime.now(SHANGHAI)
    where = Where(institution="H01", department="D01", terminal="T01", channel="window")
    for n in range(events):
        id = uuid7()
        event = RegistrationRequested(
            card=f"{n:064x}", visit=Visit(id=id, date=today.date()), where=where, kind="checkup", department="D01",
            session="morning", date=today.date(), good_until=today + timedelta(minutes=5),
        )  # fmt: skip
        envelope = Envelope(
            id, event.TYPE, today.isoformat(), event.card, event.model_dump_json(exclude_none=True).encode(),
            source="bench", subject=id, key_id="k1", trace=traceparent(id, EDGE, id, ratio),
        )  # fmt: skip
        await producer.send(source, envelope.body, key=event.card.encode(), headers=headers(envelope))
    await producer.stop()


async def _ours(kafka: str, source: str, events: int, provider: TracerProvider) -> float:
    service = replace(REGISTRATION, source=source)
    store, handled, done, stopped = MemoryStore(), 0, asyncio.Event(), asyncio.Event()
    await store.open((collection(service), DEAD_LETTERS, POSITIONS))
    reference = Reference(sessions=Dated.of([("H01|D01|morning|*", datetime(2020, 1, 1, tzinfo=UTC).date(), True)]))
    log = KafkaLog(kafka, f"bench-{uuid.uuid4().hex}", source)
    telemetry = Telemetry(service.name, RATIOS[source])
    # OpenTelemetry keeps the first provider of a process, and another bench may have had one here.
    telemetry.spans.tracer = provider.get_tracer("onecard")
    engine = Engine(service, store, log, reference, telemetry=telemetry, changes=Changes())
    owner = Owner(engine, log, telemetry, Positions(service, store, log))
    take = taken_by(owner)
    begun = time.process_time()

    async def hand_over(records: Sequence[Record]) -> None:
        nonlocal handled
        handled += len(records) * await take(records)
        if handled >= events:
            done.set()

    await log.start(hand_over, owner.revoked)
    ticking = asyncio.create_task(owner.ticking(stopped))
    try:
        async with asyncio.timeout(120):
            await done.wait()
    finally:
        stopped.set()
        await ticking
        await owner.revoked()
        provider.force_flush()
        spent = time.process_time() - begun
        await log.stop()
    return spent / events * 1e6


async def _bare(kafka: str, events: int) -> float:
    consumer = AIOKafkaConsumer(
        READ, bootstrap_servers=kafka, group_id=f"bench-{uuid.uuid4().hex}", auto_offset_reset="earliest",
        enable_auto_commit=False,
    )  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER)
    begun, handled = time.process_time(), 0
    await consumer.start()
    await producer.start()
    async with asyncio.timeout(120):
        while handled < events:
            sent, positions = [], {}
            for tp, records in (await consumer.getmany(timeout_ms=500, max_records=500)).items():
                positions[TopicPartition(tp.topic, tp.partition)] = records[-1].offset + 1
                for record in records:
                    event = RegistrationRequested.model_validate_json(record.value)
                    sent.append(
                        await producer.send(
                            SAID,
                            event.model_dump_json().encode(),
                            key=record.key,
                            headers=list(record.headers),
                        )
                    )
                    handled += 1
            await asyncio.gather(*sent)
            if positions:
                await consumer.commit(positions)
    spent = time.process_time() - begun
    await consumer.stop()
    await producer.stop()
    return spent / events * 1e6


if __name__ == "__main__":
    for ratio in asyncio.run(measure()):
        print(ratio)
