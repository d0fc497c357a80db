"""From a request to its fact, over as many bare hops under the same load.

Ours is the real processes on SQLite and one broker. An emergency is registered at once: request → intake → admitted →
registration → VisitRegistered, two hops. An outpatient is registered with a number of the session's queue: registration
→ TicketWanted → queues → TicketIssued → registration → VisitRegistered, four. The bare way is as many processes that
only pass records on (benches.latency_hop) over topics of their own on the same broker, with the same requests and the
same reader. First the highest load that ours sustains is looked for; then both run in turn at half of it, and at the
150 requests a second of a city of ten million at its peak. Whoever is not loaded idles meanwhile, as services do, and
is not stopped.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from benches import latency_hop
from benches.latency_load import BARE, OURS, PARTITIONS, Line, Load, Run, loading
from benches.measure import Figure, Measured, Ratio, interleaved, own_folder, topic
from benches.sink import span_sink
from deploy.demo.city import City, write_city
from deploy.local.platform import Local
from deploy.local.topics import declare
from shared.events.edge import Kind

FIRST, STEP, MOST = 150.0, 1.4, 20_000.0
SEEK_SECONDS, SECONDS, RUNS = 4.0, 4.0, 5
PEAK = 150.0
"""Requests a second at the busiest of a city of ten million."""
TWO = ("bench.requests", "bench.admitted", "bench.facts")
FOUR = ("bench.requests", "bench.admitted", "bench.wanted", "bench.issued", "bench.facts")


class Way(NamedTuple):
    """What is asked for, the topics of its bare hops, how many visits are traced, and the bound."""

    name: str
    kind: Kind
    hops: tuple[str, ...]
    ratio: float
    at_most: float | None

    @property
    def what(self) -> str:
        """What takes so long."""
        return self.name.partition(",")[0] + (", every visit traced" if self.ratio == 1 else "")


WAYS = (
    Way("request to VisitRegistered, {} ÷ two bare hops", "emergency", TWO, 0.01, 2.0),
    Way("request to VisitRegistered with its number, {} ÷ four bare hops", "outpatient", FOUR, 0.01, 2.5),
    Way("request to VisitRegistered, {} ÷ two bare hops, every visit traced", "emergency", TWO, 1.0, None),
)


async def measure(seconds: float = SECONDS, runs: int = RUNS) -> list[Measured]:
    """For each way the highest sustained load, then p99 and p50 at half of it, and at the peak."""
    found: list[Measured] = []
    for way in WAYS:
        async with _both(way) as (load, ours, bare):
            lines = {"ours": ours, "bare": bare}
            highest = await _highest(load, ours)
            found.append(Figure.of(f"highest sustained load: {way.what}", "requests/s", [highest]))
            for rate, where, at_most in ((highest / 2, "", way.at_most), (PEAK, f", at {PEAK:.0f} requests/s", None)):
                p99, p50 = await _alternating(load, lines, rate, seconds, runs)
                found += [
                    Ratio.of(way.name.format("p99") + where, "ms", p99["ours"], p99["bare"], at_most=at_most),
                    Ratio.of(way.name.format("p50") + where, "ms", p50["ours"], p50["bare"]),
                ]
    return found


async def _alternating(
    load: Load, lines: Mapping[str, Line], rate: float, seconds: float, runs: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """p99 and p50 of both, in turn at that rate."""
    kept: dict[str, list[Run]] = {name: [] for name in lines}

    async def go(name: str, _run: int) -> float:
        kept[name].append(await load.run(lines[name], rate, seconds))
        return kept[name][-1].percentile(0.99)

    p99 = await interleaved({name: partial(go, name) for name in lines}, runs)
    return p99, {name: [run.percentile(0.5) for run in all_[-runs:]] for name, all_ in kept.items()}


@asynccontextmanager
async def _both(way: Way) -> AsyncIterator[tuple[Load, Line, Line]]:
    """Both ways on one broker, ready, and the load to put on either."""
    city: list[City] = []
    folder = own_folder("latency")

    def prepare(local: Local) -> None:
        city.append(write_city(local.reference, local.secrets, clinics=3))

    async with span_sink(own_folder("sink")) as sink:
        environment = {"ONECARD_TRACES": sink}
        async with Local(
            ["intake", "registration", "queues"],
            folder=folder,
            trace_ratio=way.ratio,
            environment=environment,
            prepare=prepare,
        ) as local:
            await declare(local.kafka, [topic(name, PARTITIONS) for name in way.hops])
            hops = [latency_hop.child(local.kafka, *between, folder) for between in pairwise(way.hops)]
            ours, bare = Line(*OURS, kind=way.kind), Line(*BARE, kind=way.kind)
            try:
                for hop in hops:
                    await hop.start()
                async with loading(local.kafka, city[0], way.ratio, {"ours": ours, "bare": bare}) as load:
                    await load.run(ours, FIRST, 1)
                    await load.run(bare, FIRST, 1)
                    yield load, ours, bare
            finally:
                for hop in hops:
                    hop.kill()


async def _highest(load: Load, line: Line) -> float:
    """The highest rate at which the lag stays flat, to a fifth; a rate that fails once is given a second chance."""
    rate = FIRST
    while rate < MOST and await _sustains(load, line, rate * STEP):
        rate *= STEP
    finer = rate * STEP**0.5
    return finer if await _sustains(load, line, finer) else rate


async def _sustains(load: Load, line: Line, rate: float) -> bool:
    for _ in range(2):
        if (await load.run(line, rate, SEEK_SECONDS)).sustained:
            return True
    return False
