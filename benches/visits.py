"""Whole visits a second on this machine: broker, all services, edges and the people who wait for an answer.

Nobody stops to think: residents and desks do the next thing as soon as guide tells it, so many visits at once that
the cores have no rest. Visits end as real ones do (registered, seen, paid, tested, given medicines, closed); those that
wait for a deadline on purpose are left out. The first and last visits, when not all places are taken, are not counted.
The detail of a figure is how many cores each process had; `actors` is this one, which plays everybody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise

import psutil

from benches.measure import Figure, Measured, own_folder
from benches.sink import span_sink
from deploy.commands.here import Here
from deploy.demo.actors.resident import live
from deploy.demo.actors.visitor import Visitor
from deploy.demo.cast import desks, visitors
from deploy.demo.opened import open_desks, scene_of
from deploy.demo.places import places
from deploy.demo.prepared import city_here, prepare_open
from deploy.demo.residents import residents
from deploy.local.platform import Local
from shared.events import SERVICES

COUNTED, RUNS, AT_ONCE = 60, 5, 60
STORIES = [*["outpatient"] * 9, "emergency"]


async def measure(counted: int = COUNTED, runs: int = RUNS) -> list[Measured]:
    """Visits a second with 1 % and with 100 % of them traced."""
    return [
        await _visits("whole visits", 0.01, counted, runs),
        await _visits("whole visits, every visit traced", 1.0, counted, runs),
    ]


async def _visits(name: str, ratio: float, counted: int, runs: int) -> Figure:
    """The rate over each run of that many visits, one after another."""
    async with platform(ratio) as (local, here):
        processes = {part.name: psutil.Process(part.pid) for part in local.status() if part.pid} | {
            "actors": psutil.Process()
        }
        marks = await _live(here, (runs + 1) * counted + AT_ONCE, counted, processes)
    times = [at for at, _ in marks[: runs + 1]]
    rates = [counted / (later - sooner) for sooner, later in pairwise(times)]
    spent, over = marks[runs][1], marks[0][1]
    cores = {who: (spent[who] - over[who]) / (times[-1] - times[0]) for who in processes}
    return Figure.of(name, "visits/s", rates, cores)


async def _live(
    here: Here, visits: int, counted: int, processes: Mapping[str, psutil.Process]
) -> list[tuple[float, dict[str, float]]]:
    """When each round of visits was over, and the CPU seconds every process had spent by then."""
    city, inside = city_here(here.secrets), asyncio.Semaphore(AT_ONCE)
    there, ended = places(city), 0
    marks: list[tuple[float, dict[str, float]]] = []
    told = [STORIES[n % len(STORIES)] for n in range(visits)]
    async with scene_of(here, city, 1, think=0.0) as scene:
        cast = list(visitors(scene, there, residents(20 * visits + 200, 1, city.secrets), told))

        async def visit(who: Visitor) -> None:
            nonlocal ended
            async with inside:
                outcome = await live(who)
            if outcome.status == "given_up":
                raise RuntimeError(f"a visit was given up: {outcome.visit}")
            ended += 1
            if ended % counted == 0:
                marks.append((time.perf_counter(), {name: _cpu(one) for name, one in processes.items()}))

        async with open_desks(desks(scene, there)), asyncio.TaskGroup() as tasks:
            for who in cast:
                tasks.create_task(visit(who))
    return marks


@asynccontextmanager
async def platform(ratio: float) -> AsyncIterator[tuple[Local, Here]]:
    async with span_sink(own_folder("sink")) as sink:
        folder = own_folder("visits")
        async with Local(
            SERVICES, folder=folder, trace_ratio=ratio, environment={"ONECARD_TRACES": sink}, prepare=prepare_open
        ) as local:
            yield local, Here(local.kafka, local.store_url, local.urls, str(folder), "", ratio)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
