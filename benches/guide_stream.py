"""From a fact on the log to whoever watches the visit, over one bare hop under the same load.

Ours is the real guide on SQLite and one broker: registration's fact is consumed, kept, and told over HTTP as a
server-sent event. Each fact is a visit of its own, with a stream of its own that was open before, so as many residents
watch as there are facts in a run, and guide reads again for each of them at its pace. The bare way is one process that
passes the same facts on (benches.latency_hop) to a reader of the topic. Both run in turn, at a load far below what
either sustains: what is measured is the way, not a queue. A stream that has just read rests for 30 ms or longer
(`services.guide.streams.Pace`), so of a visit to which much happens at once some of it is told later than this says.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from random import Random

from aiokafka import AIOKafkaProducer

from benches import latency_hop
from benches.latency_load import PARTITIONS, Line, Run, ask, reading
from benches.measure import Figure, Measured, Ratio, interleaved, own_folder, topic
from deploy.local.platform import Local
from deploy.local.topics import declare
from shared.adapters.kafka import PRODUCER
from shared.envelope import Envelope
from shared.events.base import SHANGHAI, Visit, Where
from shared.events.registration import VisitRegistered
from shared.uuid7 import uuid7

RATE, SECONDS, RUNS = 50.0, 6.0, 5
HOP = ("bench.said", "bench.told")
SEEN = "registered"
OPEN_AT_ONCE = 50
"""Connections a server is asked for at the same moment."""


async def measure(rate: float = RATE, seconds: float = SECONDS, runs: int = RUNS) -> list[Measured]:
    """p99 and p50 from a fact sent to its standing read, over a bare hop; and how many watched."""
    random, count = Random(1), int(rate * seconds)
    kept: dict[str, list[Run]] = {"ours": [], "bare": []}
    async with _both() as (local, producer, bare):

        async def ours(_: int) -> float:
            facts = [_registered(random) for _ in range(count)]
            line = Line("onecard.events")
            async with _watching(local.urls["guide"], facts, line):
                kept["ours"].append(await ask(producer, line, facts, rate))
            return kept["ours"][-1].percentile(0.99)

        async def hop(_: int) -> float:
            kept["bare"].append(await ask(producer, bare, [_registered(random) for _ in range(count)], rate))
            return kept["bare"][-1].percentile(0.99)

        p99 = await interleaved({"ours": ours, "bare": hop}, runs)
    p50 = {name: [run.percentile(0.5) for run in all_[-runs:]] for name, all_ in kept.items()}
    return [
        Ratio.of("fact to server-sent update, p99 ÷ one bare hop", "ms", p99["ours"], p99["bare"]),
        Ratio.of("fact to server-sent update, p50 ÷ one bare hop", "ms", p50["ours"], p50["bare"]),
        Figure.of("streams open meanwhile", "streams", [count]),
    ]


@asynccontextmanager
async def _both() -> AsyncIterator[tuple[Local, AIOKafkaProducer, Line]]:
    """Guide and the hop on one broker, both ready, and who sends to either."""
    folder = own_folder("guide-stream")
    bare = Line(*HOP, cause="ce_id", type=VisitRegistered.TYPE)
    async with Local(["guide"], folder=folder) as local, AsyncExitStack() as open_:
        await declare(local.kafka, [topic(name, PARTITIONS) for name in HOP])
        passing = latency_hop.child(local.kafka, *HOP, folder)
        open_.callback(passing.kill)
        await passing.start()
        producer = AIOKafkaProducer(bootstrap_servers=local.kafka, **PRODUCER)
        await producer.start()
        open_.push_async_callback(producer.stop)
        await open_.enter_async_context(reading(local.kafka, bare))
        yield local, producer, bare


def _registered(random: Random) -> Envelope:
    """An emergency's registration, of a card nobody has: a fact as registration says it."""
    now = datetime.now(SHANGHAI)
    visit = Visit(id=uuid7(), date=now.date())
    fact = VisitRegistered(
        card=f"{random.getrandbits(256):064x}", visit=visit, kind="emergency", department="D02", session="morning",
        date=visit.date, where=Where(institution="H01", terminal="K01", channel="kiosk"),
    )  # fmt: skip
    return Envelope(
        id=uuid7(),
        type=VisitRegistered.TYPE,
        time=now.isoformat(timespec="milliseconds"),
        key=fact.key,
        body=fact.model_dump_json(exclude_none=True).encode(),
        source="onecard/registration",
        subject=fact.subject,
        causation=visit.id,
        key_id="k1",
    )


@asynccontextmanager
async def _watching(url: str, facts: Sequence[Envelope], line: Line) -> AsyncIterator[None]:
    """Every fact's visit is watched, and each stream has said that it is not seen yet."""
    streams = [asyncio.Event() for _ in facts]
    at_once = asyncio.Semaphore(OPEN_AT_ONCE)
    watching = [
        asyncio.create_task(_watch(url, fact, line, is_open, at_once))
        for fact, is_open in zip(facts, streams, strict=True)
    ]
    try:
        async with asyncio.timeout(60):
            for is_open in streams:
                await is_open.wait()
        yield
    finally:
        for one in watching:
            one.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*watching)


async def _watch(url: str, fact: Envelope, line: Line, is_open: asyncio.Event, at_once: asyncio.Semaphore) -> None:
    """Read one visit's stream until it tells the fact. A plain connection, so that no client's work is measured."""
    host, _, port = url.removeprefix("http://").partition(":")
    async with at_once:
        reader, writer = await asyncio.open_connection(host, int(port))
        path = f"/cards/{fact.key}/visits/{fact.subject}/stream"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"data: ")
        is_open.set()
    try:
        if b" 200 " not in head:
            raise RuntimeError("guide opened no stream")
        while said := await reader.readline():
            now = time.perf_counter()
            if said.startswith(b"data: ") and json.loads(said.removeprefix(b"data: "))["visit"]["status"] == SEEN:
                line.arrived[fact.id] = now
                line.heard.set()
                return
        raise RuntimeError("the stream ended before its visit was told")
    finally:
        writer.close()
