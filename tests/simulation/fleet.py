"""Many lives in worker processes: as many seeds as are wanted, or as fit into the time there is."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count, islice
from multiprocessing import get_context, parent_process
from threading import Thread
from time import monotonic

from tests.simulation.life import lived
from tests.simulation.moves import Schedule
from tests.simulation.schedule import EVENTS_AT_LEAST, schedule
from tests.simulation.shrink import shrunk
from tests.simulation.tally import Tally

CHUNK = 5
MOST_SHRUNK = 3
"""So many failing seeds are made smaller; the others are only named."""


@dataclass
class Failure:
    """A seed that is red, what is wrong, and the smallest schedule that is still red."""

    seed: int
    wrong: list[str]
    twice: bool = False
    smallest: Schedule | None = None


@dataclass
class Run:
    """What all lives went through, and those that went wrong."""

    tally: Tally = field(default_factory=Tally)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0


def run(
    *, first: int, seeds: int, seconds: float, workers: int, told: Callable[[int, float], None] = lambda *_: None
) -> Run:
    """Seeds from `first` on: `seeds` of them, or (0) as many as begin within so many seconds. `told` hears, now and
    then, how many are done and how many seconds have passed."""
    found, begun = Run(), monotonic()
    chunks = _chunks(first, seeds)
    with ProcessPoolExecutor(workers, get_context("spawn"), _prepare) as pool:
        doing: set[Future[tuple[Tally, list[Failure]]]] = set()
        while True:
            if seeds or monotonic() - begun < seconds:
                doing |= {pool.submit(_live, chunk) for chunk in islice(chunks, 2 * workers - len(doing))}
            if not doing:
                break
            done, doing = wait(doing, return_when=FIRST_COMPLETED)
            for one in done:
                tally, failures = one.result()
                found.tally.add(tally)
                found.failures += failures
            told(found.tally.seeds, monotonic() - begun)
        found.seconds = monotonic() - begun
        found.failures.sort(key=lambda failure: failure.seed)
        for failure, small in zip(found.failures, pool.map(_shrink, found.failures[:MOST_SHRUNK]), strict=False):
            failure.smallest = small
    return found


def live(seed: int) -> tuple[Tally, Failure | None]:
    """One seed, and what is wrong with it. One with too little to live through has as many visits again; if that is too
    little still, this is wrong as well."""
    wrong, tally, _ = lived(schedule(seed))
    twice = not wrong and tally.events < EVENTS_AT_LEAST
    if twice:
        wrong, tally, _ = lived(schedule(seed, twice=True))
    if not wrong and tally.events < EVENTS_AT_LEAST:
        wrong = [f"short: {tally.events} events on the log are too few to prove anything"]
    return tally, Failure(seed, wrong, twice) if wrong else None


def _chunks(first: int, seeds: int) -> Iterator[list[int]]:
    numbers = iter(range(first, first + seeds)) if seeds else count(first)
    while chunk := list(islice(numbers, CHUNK)):
        yield chunk


def _prepare() -> None:
    """Lives make much garbage and keep nothing: look for cycles seldom. And nobody lives on without the parent."""
    Thread(target=_leave_with_parent, daemon=True).start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _leave_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _live(seeds: list[int]) -> tuple[Tally, list[Failure]]:
    total, failures = Tally(), list[Failure]()
    for seed in seeds:
        tally, failure = live(seed)
        total.add(tally)
        failures += [failure] if failure else []
    return total, failures


def _shrink(failure: Failure) -> Schedule:
    """Red in the same way: about the same thing."""
    about = failure.wrong[0].partition(":")[0]
    whole = schedule(failure.seed, twice=failure.twice)
    return shrunk(whole, lambda one: any(text.startswith(about) for text in lived(one).wrong))
