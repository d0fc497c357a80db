"""Whole visits a second on this machine, and the requests intake admits for them meanwhile: broker, all services, edges
and the people who wait for an answer.

Nobody stops to think: residents and desks do the next thing as soon as guide tells it, so many visits at once that
the cores have no rest. Visits end as real ones do (registered, seen, paid, tested, given medicines, closed; one in
twenty has a check-up, one goes on to a ward); those that wait for a deadline on purpose are left out. The first and
last visits, when not all places are taken, are not counted. The detail of a figure is how many cores each process had;
`actors` is this one, which plays everybody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import NamedTuple

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

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
from deploy.http import client
from deploy.local.platform import Local
from shared.events import REQUESTS, SERVICES

COUNTED, RUNS, AT_ONCE = 60, 5, 60
STORIES = [*["outpatient"] * 8, "emergency", "checkup", *["outpatient"] * 8, "emergency", "inpatient"]
PEAK, SPARE = 150, 2
"""Requests a second of a city of ten million at its peak, and how many times that is to be taken."""


class Mark(NamedTuple):
    """When a round of visits was over; by then, how many requests were admitted, and CPU seconds by process."""

    at: float
    admitted: float
    spent: dict[str, float]


async def measure(counted: int = COUNTED, runs: int = RUNS) -> list[Measured]:
    """Visits and requests a second with 1 % and with 100 % of the visits traced."""
    return [
        *await _visits("", 0.01, counted, runs, at_least=PEAK * SPARE),
        *await _visits(", every visit traced", 1.0, counted, runs),
    ]


async def _visits(of: str, ratio: float, counted: int, runs: int, at_least: float | None = None) -> list[Figure]:
    """The rates over each run of that many visits, one after another."""
    async with platform(ratio) as (local, here):
        processes = {part.name: psutil.Process(part.pid) for part in local.status() if part.pid} | {
            "actors": psutil.Process()
        }
        marks = await _live(here, (runs + 1) * counted + AT_ONCE, counted, processes)
    first, last, rounds = marks[0], marks[runs], list(pairwise(marks[: runs + 1]))
    cores = {who: (last.spent[who] - first.spent[who]) / (last.at - first.at) for who in processes}
    rates = [counted / (later.at - sooner.at) for sooner, later in rounds]
    admitted = [(later.admitted - sooner.admitted) / (later.at - sooner.at) for sooner, later in rounds]
    asked = f"requests admitted a second, all services running{of}"
    return [
        Figure.of(f"whole visits{of}", "visits/s", rates, cores),
        Figure.of(asked, "requests/s", admitted, at_least=at_least),
    ]


async def _live(here: Here, visits: int, counted: int, processes: Mapping[str, psutil.Process]) -> list[Mark]:
    """A mark for each round of visits."""
    city, inside = city_here(here.secrets), asyncio.Semaphore(AT_ONCE)
    there, ended = places(city), 0
    marks: list[Mark] = []
    told = [STORIES[n % len(STORIES)] for n in range(visits)]
    async with scene_of(here, city, 1, think=0.0) as scene, client() as asking:
        cast = list(visitors(scene, there, residents(20 * visits + 200, 1, city.secrets), told))

        async def visit(who: Visitor) -> None:
            nonlocal ended
            async with inside:
                outcome = await live(who)
            if outcome.status == "given_up":
                raise RuntimeError(f"a visit was given up: {outcome.visit}")
            ended += 1
            if ended % counted == 0:
                admitted = await _admitted(asking, here.urls["intake"])
                marks.append(Mark(time.perf_counter(), admitted, {name: _cpu(one) for name, one in processes.items()}))

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


async def _admitted(asking: httpx.AsyncClient, intake: str) -> float:
    """How many requests intake has let in since it started."""
    told = (await asking.get(f"{intake}/metrics")).raise_for_status().text
    said = (one for family in text_string_to_metric_families(told) for one in family.samples)
    return sum(one.value for one in said if one.name == "onecard_said_total" and one.labels["type"] in REQUESTS)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
