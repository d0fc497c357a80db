"""Two processes of a service ÷ one, on the cores of this machine: events a second of registration on SQLite.

The events are there at once; the first and last are not counted, while processes begin to read and have nothing left.
The broker and this process, which only looks how far they are, share the cores with them.
"""

from __future__ import annotations

import asyncio
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from benches.latency_load import PARTITIONS, Load
from benches.measure import Measured, Ratio, interleaved, own_broker, own_folder
from deploy.demo.city import City, write_city
from deploy.local.platform import Local
from shared.envelope import headers

EVENTS, RUNS = 12_000, 3
COUNTED = (0.2, 0.9)
TOPIC = "onecard.events"
PATIENCE = 120.0


async def measure(events: int = EVENTS, runs: int = RUNS) -> list[Measured]:
    """The one ratio of this bench."""
    found = await interleaved({"one": lambda _: _rate(1, events), "two": lambda _: _rate(2, events)}, runs, warmups=0)
    return [Ratio.of("two processes of registration ÷ one", "events/s", found["two"], found["one"])]


async def _rate(processes: int, events: int) -> float:
    city: list[City] = []

    def prepare(local: Local) -> None:
        city.append(write_city(local.reference, local.secrets, clinics=3))

    async with (
        own_broker() as kafka,
        Local(["registration"] * processes, folder=own_folder("scale"), kafka=kafka, prepare=prepare),
    ):
        load = Load(kafka, city[0], 0.01)
        asked = load.requests(events, "checkup")  # It needs no number, so there is one fact for each.
        await load.producer.start()
        for envelope in asked:
            await load.producer.send(TOPIC, envelope.body, key=envelope.key.encode(), headers=headers(envelope))
        await load.producer.stop()
        return await _passed(kafka, events)


async def _passed(kafka: str, events: int) -> float:
    """Facts a second between the two shares of all; there is one for each event, on the topic the events are on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=None, enable_auto_commit=False)
    await consumer.start()
    marks: list[tuple[float, int]] = []
    try:
        async with asyncio.timeout(PATIENCE):
            for share in COUNTED:
                while (said := await _end(consumer) - events) < share * events:
                    await asyncio.sleep(0.02)
                marks.append((time.perf_counter(), said))
    finally:
        await consumer.stop()
    (first, before), (last, after) = marks
    return (after - before) / (last - first)


async def _end(consumer: AIOKafkaConsumer) -> int:
    ends = await consumer.end_offsets([TopicPartition(TOPIC, n) for n in range(PARTITIONS)])
    return sum(ends.values())
