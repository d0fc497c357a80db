"""An open-loop load of registrations: asked at a fixed rate whatever comes back, each answer's latency noted.

A latency runs from the moment a request was due to be sent to the moment its answer is in the reader's hand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.demo.city import BOOKED_OUT, EMERGENCY, NUMBERS, City, size
from deploy.edges import signed
from shared.adapters.kafka import PRODUCER
from shared.envelope import Envelope, headers
from shared.events.base import SHANGHAI, Visit, Where
from shared.events.edge import Kind, RegistrationRequested
from shared.events.registration import VisitRegistered
from shared.uuid7 import uuid7

PARTITIONS = 12
PATIENCE = 60.0


@dataclass
class Line:
    """A way from a topic that is asked on to where it is answered: for a reader of a topic, which one, on what type,
    and `cause`, the header with the request's id. `arrived` says by that id when an answer was in the reader's hand."""

    asked: str
    answered: str = ""
    cause: str = ""
    type: str = ""
    kind: Kind = "outpatient"
    arrived: dict[str, float] = field(default_factory=dict)
    heard: asyncio.Event = field(default_factory=asyncio.Event)


OURS = ("onecard.requests", "onecard.events", "ce_causationid", VisitRegistered.TYPE)
BARE = ("bench.requests", "bench.facts", "ce_id", RegistrationRequested.TYPE)


@dataclass(frozen=True)
class Run:
    """What one load found: latencies in seconds in order of asking."""

    rate: float
    latencies: list[float]

    @property
    def sustained(self) -> bool:
        """Whether the lag stayed flat: in the second half it grew by less than a twentieth of what was asked."""
        last = len(self.latencies) - 1
        return self.unanswered(last) - self.unanswered(last // 2) <= len(self.latencies) / 2 / 20

    def unanswered(self, n: int) -> int:
        """How many had no answer when the n-th was due. One that its sender sent late is unanswered too."""
        return sum((n - k) / self.rate < latency for k, latency in enumerate(self.latencies[: n + 1]))

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))] * 1000


class Load:
    """One producer, and one reader per line."""

    def __init__(self, kafka: str, city: City, ratio: float) -> None:
        self.kafka, self.city, self.ratio = kafka, city, ratio
        self.producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER)
        self.random = Random(1)
        self.asked = 0

    async def run(self, line: Line, rate: float, seconds: float) -> Run:
        """Ask at that rate for so long, and wait for the last answer."""
        return await ask(self.producer, line, self.requests(int(rate * seconds), line.kind), rate)

    def requests(self, count: int, kind: Kind = "outpatient") -> Sequence[Envelope]:
        """Signed before the load begins, so that the edge's arithmetic is in no latency.

        Residents come to all hospitals and departments, each with a queue of its own, and on no day are there too many.
        """
        places = [(one.code, room) for one in self.city.institutions if size(one) == "hospital"
                  for room in self.city.departments[one.code] if room not in (EMERGENCY, BOOKED_OUT[0])]  # fmt: skip
        now = datetime.now(SHANGHAI)
        made = []
        for _ in range(count):
            place, department = places[self.asked % len(places)]
            day = now.date() + timedelta(days=self.asked // len(places) // NUMBERS["hospital"])
            self.asked += 1
            kiosk = self.city.terminals[place]["kiosk"][0].code
            key, where = self.city.terminal_key(kiosk), Where(institution=place, terminal=kiosk, channel="kiosk")
            id = uuid7()
            event = RegistrationRequested(
                card=f"{self.random.getrandbits(256):064x}", visit=Visit(id=id, date=day), where=where,
                good_until=now + timedelta(minutes=5), kind=kind, department=department, session="morning",
                date=day,
            )  # fmt: skip
            made.append(signed(event, key, id=id, at=now, ratio=self.ratio))
        return made


async def ask(producer: AIOKafkaProducer, line: Line, asked: Sequence[Envelope], rate: float) -> Run:
    """Put all of them on the line's topic at that rate, and wait for the last answer."""
    line.arrived.clear()
    begun = time.perf_counter() + 0.05
    due = [begun + n / rate for n in range(len(asked))]
    for envelope, at in zip(asked, due, strict=True):
        if (wait := at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        await producer.send(line.asked, envelope.body, key=envelope.key.encode(), headers=headers(envelope))
    async with asyncio.timeout(PATIENCE):
        while len(line.arrived) < len(asked):
            line.heard.clear()
            await line.heard.wait()
    latencies = [line.arrived[envelope.id] - at for envelope, at in zip(asked, due, strict=True)]
    return Run(rate, latencies)


@asynccontextmanager
async def loading(kafka: str, city: City, ratio: float, lines: Mapping[str, Line]) -> AsyncIterator[Load]:
    """A load whose readers read, each from the end of its topic."""
    load = Load(kafka, city, ratio)
    await load.producer.start()
    try:
        async with AsyncExitStack() as readers:
            for line in lines.values():
                await readers.enter_async_context(reading(kafka, line))
            yield load
    finally:
        await load.producer.stop()


@asynccontextmanager
async def reading(kafka: str, line: Line) -> AsyncIterator[None]:
    """Somebody reads the line's answers, from the end of its topic, until the block ends."""
    ready = asyncio.Event()
    reader = asyncio.create_task(_read(kafka, line, ready))
    try:
        async with asyncio.timeout(PATIENCE):
            await ready.wait()
        yield
    finally:
        reader.cancel()
        with suppress(asyncio.CancelledError):
            await reader


async def _read(kafka: str, line: Line, ready: asyncio.Event) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=None, enable_auto_commit=False)
    consumer.assign([TopicPartition(line.answered, n) for n in range(PARTITIONS)])
    await consumer.start()
    try:
        await consumer.seek_to_end()
        for partition in consumer.assignment():
            # The end is where it is now, not where it is by the first reading.
            await consumer.position(partition)
        ready.set()
        while True:
            found = await consumer.getmany(timeout_ms=500)
            now = time.perf_counter()
            for records in found.values():
                for record in records:
                    head = dict(record.headers)
                    if head["ce_type"] == line.type.encode():
                        line.arrived[head[line.cause].decode()] = now
            line.heard.set()
    finally:
        await consumer.stop()
