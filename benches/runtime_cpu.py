"""Runtime CPU per handled event, memory store ÷ bare getmany + pydantic parse + publish of the same events.

Both read the same RegistrationRequested events from the real broker and say one event for each. CPU is this process's
own (user and system), so the broker's is not in it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benches.measure import Ratio, interleaved, own_broker
from services.registration.service import SERVICE as REGISTRATION
from shared.adapters.kafka import PRODUCER, KafkaLog
from shared.adapters.memory import MemoryStore
from shared.envelope import Envelope, headers
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
from shared.uuid7 import uuid7

# It reads another topic than the one it says on, so that every repetition reads the same events.
READ, SAID = "onecard.requests", "onecard.events"
SERVICE = replace(REGISTRATION, source=READ)
EVENTS = 20_000
RUNS = 5


async def measure(events: int = EVENTS, runs: int = RUNS) -> list[Ratio]:
    """The one ratio of this bench."""
    async with own_broker() as kafka:
        await _fill(kafka, events)
        found = await interleaved(
            {"ours": lambda n: _ours(kafka, events, n), "bare": lambda n: _bare(kafka, events, n)}, runs
        )
    return [Ratio.of("runtime CPU per event", "µs", found["ours"], found["bare"], at_most=2.2)]


async def _fill(kafka: str, events: int) -> None:
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
            source="bench", subject=id, key_id="k1",
        )  # fmt: skip
        await producer.send(READ, envelope.body, key=event.card.encode(), headers=headers(envelope))
    await producer.stop()


async def _ours(kafka: str, events: int, _run: int) -> float:
    store, handled, done = MemoryStore(), 0, asyncio.Event()
    await store.open((collection(SERVICE), DEAD_LETTERS, POSITIONS))
    reference = Reference(sessions=Dated.of([("H01|D01|morning|*", datetime(2020, 1, 1, tzinfo=UTC).date(), True)]))
    log = KafkaLog(kafka, f"bench-{uuid.uuid4().hex}", READ)
    telemetry = Telemetry("registration", 0.01)
    engine = Engine(SERVICE, store, log, reference, telemetry=telemetry, changes=Changes())
    owner = Owner(engine, log, telemetry, Positions(SERVICE, store, log))
    begun = time.process_time()

    async def take(records: list[object]) -> None:
        nonlocal handled
        await owner.take(records)  # type: ignore[arg-type]
        handled += len(records)
        if handled >= events:
            done.set()

    await log.start(take, owner.revoked)  # type: ignore[arg-type]
    async with asyncio.timeout(120):
        await done.wait()
    spent = time.process_time() - begun
    await log.stop()
    return spent / events * 1e6


async def _bare(kafka: str, events: int, _run: int) -> float:
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
