"""What every bench shares: a broker of its own, interleaved repetitions, ratios with their spread."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from deploy.local.broker import Broker
from deploy.local.jars import CHECKOUT
from deploy.local.topics import Topic, declare, declared

# In the checkout, because a system's temporary folder may be memory, where a sync costs nothing.
FOLDER = CHECKOUT / ".onecard" / "bench"


@dataclass(frozen=True)
class Ratio:
    """A over B, pair by pair in one run: the median and the extremes."""

    name: str
    unit: str
    ours: float
    other: float
    ratio: float
    least: float
    most: float
    runs: int
    bound: str
    met: bool | None

    @classmethod
    def of(
        cls, name: str, unit: str, ours: Sequence[float], other: Sequence[float], *, at_least: float | None = None,
        at_most: float | None = None,
    ) -> Ratio:  # fmt: skip
        """Pairs of measurements taken in turn; the bound the median is held to."""
        ratios = sorted(a / b for a, b in zip(ours, other, strict=True))
        middle = statistics.median(ratios)
        met = None
        bound = "report"
        if at_least is not None:
            bound, met = f"≥ {at_least:g}", middle >= at_least
        elif at_most is not None:
            bound, met = f"≤ {at_most:g}", middle <= at_most
        return cls(
            name, unit, statistics.median(ours), statistics.median(other), middle, ratios[0], ratios[-1], len(ratios),
            bound, met,
        )  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A figure that stands for itself, because there is nothing to measure it over: the median and the extremes."""

    name: str
    unit: str
    value: float
    least: float
    most: float
    runs: int
    detail: Mapping[str, float] = field(default_factory=dict)
    detail_of: str = ""
    bound: str = "report"
    met: bool | None = None

    @classmethod
    def of(
        cls,
        name: str,
        unit: str,
        found: Sequence[float],
        detail: Mapping[str, float] | None = None,
        detail_of: str = "cores used",
        *,
        at_least: float | None = None,
    ) -> Figure:
        """Of repetitions of one measurement, and the bound the median is held to; `detail` says what the figure is made
        of, `detail_of` in which measure."""
        median, least, most = statistics.median(found), min(found), max(found)
        made_of, measure = dict(detail or {}), detail_of if detail else ""
        bound, met = ("report", None) if at_least is None else (f"≥ {at_least:g}", median >= at_least)
        return cls(name, unit, median, least, most, len(found), made_of, measure, bound, met)


Measured = Ratio | Figure


@asynccontextmanager
async def own_broker(partitions: int = 12) -> AsyncIterator[str]:
    """The address of a fresh broker with the three topics."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER, ignore_cleanup_errors=True) as folder:
        broker = Broker(Path(folder) / "kafka")
        await broker.start()
        try:
            await declare(broker.address, [replace(one, partitions=partitions) for one in declared()])
            yield broker.address
        finally:
            await broker.stop()


def own_folder(name: str) -> Path:
    """An empty folder on a real disk; what an earlier run left in it is gone."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def topic(name: str, partitions: int) -> Topic:
    """A topic of another name, otherwise as the project declares its log."""
    log = next(one for one in declared() if one.name == "onecard.events")
    return replace(log, name=name, partitions=partitions)


async def interleaved(
    ways: Mapping[str, Callable[[int], Awaitable[float]]], runs: int, warmups: int = 1
) -> dict[str, list[float]]:
    """Every way in turn, so many times, so that the machine's moods hit all alike; warm-ups are thrown away."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(-warmups, runs):
        for name, way in ways.items():
            value = await way(run + warmups)
            if run >= 0:
                found[name].append(value)
    return found
