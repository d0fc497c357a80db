"""Memory of each process under half the load this machine takes: `python -m benches.soak --minutes 20`.

First whole visits as fast as they go tell the load (as benches.visits, with nobody stopping to think). Then visits
begin at half that rate, whatever becomes of the ones before, and every process's resident memory is noted once a
second. The first quarter is a warm-up: caches fill, pools grow. Over the rest, the slope is that of a least-squares
line through the means of blocks, with twice its standard error beside it; who lies within that noise of level is flat.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated

import psutil
import typer
import uvloop
from rich.console import Console

from benches import report
from benches.measure import Figure
from benches.visits import STORIES, platform
from deploy.demo.actors.resident import live
from deploy.demo.actors.visitor import Visitor
from deploy.demo.cast import desks, visitors
from deploy.demo.opened import open_desks, scene_of
from deploy.demo.places import places
from deploy.demo.prepared import city_here
from deploy.demo.residents import residents
from shared.interpreter import tune

TRIED, AT_ONCE = 240, 60
MOST = 200_000
"""More visits than any soak has; each resident is made when it is their turn."""
BLOCKS = 15
MIB = 1024 * 1024


@dataclass(frozen=True)
class Slope:
    """MiB an hour, and the noise: twice the standard error of the line through the blocks."""

    value: float
    noise: float

    @property
    def flat(self) -> bool:
        return abs(self.value) <= self.noise


def soak(
    *,
    minutes: Annotated[float, typer.Option(help="How long the load lasts after the trial; 20 for a figure.")] = 20.0,
    json: Annotated[Path | None, typer.Option(help="Where the figures go, instead of .onecard/bench.")] = None,
) -> None:
    """Load the whole platform at half of what it takes, and show how each process's memory grows."""
    tune()
    rate, memory = uvloop.run(_soaked(minutes * 60))
    found = [figure for name, sizes in memory.items() for figure in _figures(name, sizes, minutes)]
    out = Console()
    out.print(f"{rate:.2f} visits/s for {minutes:g} minutes, half of what they took", highlight=False)
    report.show(found, out)
    growing = [name for name, sizes in memory.items() if not slope(_later(sizes), minutes * 45).flat]
    out.print(f"not flat within noise: {', '.join(growing) or 'none'}", highlight=False)
    out.print(f"Kept in {report.write({'soak': found}, json)}", highlight=False)


def slope(sizes: Sequence[float], seconds: float) -> Slope:
    """Of sizes in MiB taken evenly over so many seconds. One block's mean hides what comes and goes within it."""
    length = len(sizes) // BLOCKS
    if not length:
        raise ValueError(f"{len(sizes)} sizes say nothing of a slope; soak for longer")
    means = [fmean(sizes[n * length : (n + 1) * length]) for n in range(BLOCKS)]
    hours = [(n + 0.5) * seconds / BLOCKS / 3600 for n in range(BLOCKS)]
    middle, level = fmean(hours), fmean(means)
    spread = sum((at - middle) ** 2 for at in hours)
    value = sum((at - middle) * (size - level) for at, size in zip(hours, means, strict=True)) / spread
    left = sum((size - level - value * (at - middle)) ** 2 for at, size in zip(hours, means, strict=True))
    return Slope(value, 2 * (left / (BLOCKS - 2) / spread) ** 0.5)


def _later(sizes: Sequence[float]) -> Sequence[float]:
    return sizes[len(sizes) // 4 :]


def _figures(name: str, sizes: Sequence[float], minutes: float) -> Iterator[Figure]:
    later = _later(sizes)
    found = slope(later, minutes * 45)
    yield Figure.of(f"memory of {name}", "MiB", later)
    low, high = found.value - found.noise, found.value + found.noise
    yield Figure(f"memory of {name}, slope ± noise", "MiB/hour", found.value, low, high, BLOCKS)


async def _soaked(seconds: float) -> tuple[float, Mapping[str, list[float]]]:
    """The rate of visits, and what each process had in memory, second by second."""
    async with platform(0.01) as (local, here):
        processes = {part.name: psutil.Process(part.pid) for part in local.status() if part.pid}
        city = city_here(here.secrets)
        there = places(city)
        async with scene_of(here, city, 1, think=0.0) as scene, open_desks(desks(scene, there)):
            told = [STORIES[n % len(STORIES)] for n in range(MOST)]
            cast = visitors(scene, there, residents(20 * MOST, 1, city.secrets), told)
            rate = await _trial(cast) / 2
            memory: dict[str, list[float]] = {name: [] for name in processes}
            noting = asyncio.create_task(_note(processes, memory, seconds))
            async with asyncio.TaskGroup() as tasks:
                begun = time.perf_counter()
                for n in range(int(rate * seconds)):
                    await asyncio.sleep(max(0.0, begun + n / rate - time.perf_counter()))
                    tasks.create_task(_visit(next(cast)))
                await noting
    return rate, memory


async def _trial(cast: Iterator[Visitor]) -> float:
    """Visits a second, so many at once that the cores have no rest. The first and last, when not all places are taken,
    are not counted."""
    inside = asyncio.Semaphore(AT_ONCE)
    ended: list[float] = []

    async def one(who: Visitor) -> None:
        async with inside:
            await _visit(who)
        ended.append(time.perf_counter())

    async with asyncio.TaskGroup() as tasks:
        for _ in range(TRIED):
            tasks.create_task(one(next(cast)))
    counted = ended[AT_ONCE : TRIED - AT_ONCE]
    return (len(counted) - 1) / (counted[-1] - counted[0])


async def _visit(who: Visitor) -> None:
    outcome = await live(who)
    if outcome.status == "given_up":
        raise RuntimeError(f"a visit was given up: {outcome.visit}")


async def _note(processes: Mapping[str, psutil.Process], memory: dict[str, list[float]], seconds: float) -> None:
    begun = time.perf_counter()
    for n in range(int(seconds)):
        await asyncio.sleep(max(0.0, begun + n - time.perf_counter()))
        for name, process in processes.items():
            memory[name].append(process.memory_info().rss / MIB)


if __name__ == "__main__":
    typer.run(soak)
