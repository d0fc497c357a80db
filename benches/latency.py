"""From a request to its fact: p99 through intake and registration, over p99 of two bare hops under the same load.

Ours is the real processes on SQLite and one broker: request → intake → admitted on the log → registration →
VisitRegistered. The bare way is two processes that only pass records on (benches.latency_hop) over topics of their own
on the same broker, with the same requests and the same reader. First the highest load that ours sustains is looked
for; then both run in turn at half of it. Whoever is not loaded idles meanwhile, as services do, and is not stopped.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benches import latency_hop
from benches.latency_load import BARE, OURS, PARTITIONS, Line, Load, Run, loading
from benches.measure import Figure, Measured, Ratio, interleaved, own_folder, topic
from benches.sink import span_sink
from deploy.demo.city import City, write_city
from deploy.local.platform import Local
from deploy.local.topics import declare

FIRST, STEP, MOST = 150.0, 1.4, 20_000.0
SEEK_SECONDS, SECONDS, RUNS = 2.0, 4.0, 5
HOPS = (("bench.requests", "bench.admitted"), ("bench.admitted", "bench.facts"))


async def measure(seconds: float = SECONDS, runs: int = RUNS) -> list[Measured]:
    """The highest sustained load, then p99 and p50 at half of it; with 1 % and then with 100 % of the visits traced."""
    found: list[Measured] = []
    for ratio, words in ((0.01, ""), (1.0, ", every visit traced")):
        async with _both(ratio) as (load, ours, bare):
            highest = await _highest(load, ours)
            half = highest / 2
            kept: dict[str, list[Run]] = {"ours": [], "bare": []}
            lines = {"ours": ours, "bare": bare}

            async def way(name: str, *, to: Load = load, rate: float = half, into: dict[str, list[Run]] = kept,
                          by: dict[str, Line] = lines) -> float:  # fmt: skip
                into[name].append(await to.run(by[name], rate, seconds))
                return into[name][-1].percentile(0.99)

            p99 = await interleaved({"ours": lambda _: way("ours"), "bare": lambda _: way("bare")}, runs)
            p50 = {name: [run.percentile(0.5) for run in all_[-runs:]] for name, all_ in kept.items()}
        found += [
            Figure.of(f"highest sustained load of intake and registration{words}", "requests/s", [highest]),
            Ratio.of(f"request to VisitRegistered, p99 ÷ two bare hops{words}", "ms", p99["ours"], p99["bare"],
                     at_most=None if words else 2.0),
            Ratio.of(f"request to VisitRegistered, p50 ÷ two bare hops{words}", "ms", p50["ours"], p50["bare"]),
        ]  # fmt: skip
    return found


@asynccontextmanager
async def _both(ratio: float) -> AsyncIterator[tuple[Load, Line, Line]]:
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
            trace_ratio=ratio,
            environment=environment,
            prepare=prepare,
        ) as local:
            await declare(local.kafka, [topic(name, PARTITIONS) for name in (HOPS[0][0], HOPS[1][0], HOPS[1][1])])
            hops = [latency_hop.child(local.kafka, *between, folder) for between in HOPS]
            ours, bare = Line(*OURS), Line(*BARE)
            try:
                for hop in hops:
                    await hop.start()
                async with loading(local.kafka, city[0], ratio, {"ours": ours, "bare": bare}) as load:
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
