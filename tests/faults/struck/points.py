"""Points between the numbered steps of the runtime, where a process ends or freezes itself when it was ordered to.

An order is a small file, `<instance>.order`; a process that carries it out leaves `<instance>.struck` behind first.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from shared import app
from shared.adapters.kafka import KafkaLog
from shared.runtime import engine
from shared.runtime.archive import ArchiveEngine
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.positions import POSITIONS
from shared.runtime.reading import Reader
from shared.runtime.store import Store
from tests.faults.struck.places import in_place_of

POINTS = (
    "read", "load", "step", "before save", "save", "before publish", "publish half-way", "publish", "before commit",
    "commit", "before position", "position",
)  # fmt: skip
"""In order; a point without `before` is after the step of its name. A position is what a store is complete to."""
REPLAYED = "before a replay is published"
"""A point of its own: what a parked record said is saved, and not on the log yet."""
JOURNAL = "_journal"
"""How the name of a store ends that keeps what no record brings: nothing of a batch is written there."""
Plain = Callable[..., Any]
Waiting = Callable[..., Awaitable[Any]]

LINGER = 0.3
"""Seconds a process lives on at a point before it ends: what runs beside the batch (heartbeats) goes on meanwhile."""


class Orders:
    """What one process is to do to itself: end (or freeze) at `point` when it was there `passes` times."""

    def __init__(self, folder: Path, instance: str) -> None:
        self.order, self.struck = folder / f"{instance}.order", folder / f"{instance}.struck"
        self.passed = 0
        self.replaying = False

    def due(self, point: str) -> str:
        """The signal to send oneself here and now; empty for none."""
        if not self.order.exists():
            return ""
        told = json.loads(self.order.read_text())
        if told["point"] != point:
            return ""
        self.passed += 1
        return str(told["signal"]) if self.passed >= told["passes"] else ""

    def carry_out(self, point: str, sent: str) -> None:
        """Never to be struck twice by one order: it goes before the signal comes."""
        self.struck.write_text(point)
        self.order.unlink()
        self.passed = 0
        os.kill(os.getpid(), signal.Signals[sent])

    def meet(self, point: str) -> None:
        """A point where nothing can be awaited."""
        if sent := self.due(point):
            self.carry_out(point, sent)

    async def reach(self, point: str) -> None:
        """A point where the event loop may run on for a moment."""
        if sent := self.due(point):
            if sent == "SIGKILL":
                await asyncio.sleep(LINGER)
            self.carry_out(point, sent)


def install(orders: Orders) -> None:
    """Put the points between the steps."""

    def with_points(open_store: Callable[..., Store]) -> Callable[..., Store]:
        def opened(url: str, name: str, **named: Any) -> Store:
            store = open_store(url, name, **named)
            if name.endswith(JOURNAL):
                return store
            in_place_of(store, "load", around(orders, "", "load"))
            for write in ("save", "insert"):
                in_place_of(store, write, written(orders))
            return store

        return opened

    in_place_of(Reader, "read", after(orders, "read"))
    in_place_of(ArchiveEngine, "read", after(orders, "read"))
    in_place_of(app, "open_store", with_points)
    in_place_of(engine, "step", after(orders, "step"))
    in_place_of(engine.Engine, "handle", replaying(orders))
    in_place_of(KafkaLog, "publish", published(orders))
    in_place_of(KafkaLog, "commit", around(orders, "before commit", "commit"))


def after(orders: Orders, point: str) -> Callable[[Plain], Plain]:
    """A point after a call that nothing waits in."""

    def made(function: Plain) -> Plain:
        def met(*args: Any, **named: Any) -> Any:
            found = function(*args, **named)
            orders.meet(point)
            return found

        return met

    return made


def around(orders: Orders, before: str, behind: str) -> Callable[[Waiting], Waiting]:
    """Points before and after a call."""

    def made(function: Waiting) -> Waiting:
        async def reached(*args: Any, **named: Any) -> Any:
            if before:
                await orders.reach(before)
            found = await function(*args, **named)
            if behind:
                await orders.reach(behind)
            return found

        return reached

    return made


def written(orders: Orders) -> Callable[[Waiting], Waiting]:
    """Points before and after a write, by what is written; none where it is dead letters."""

    def made(write: Waiting) -> Waiting:
        async def reached(collection: str, documents: Any) -> Any:
            if collection == DEAD_LETTERS.name:
                return await write(collection, documents)
            point = "position" if collection == POSITIONS.name else "save"
            await orders.reach(f"before {point}")
            found = await write(collection, documents)
            await orders.reach(point)
            return found

        return reached

    return made


def replaying(orders: Orders) -> Callable[[Waiting], Waiting]:
    """Remembers whether what an engine handles is a replay: batches and replays never run beside each other."""

    def made(handle: Waiting) -> Waiting:
        async def handled(one: Any, records: Any, *, replay: bool = False) -> None:
            orders.replaying = replay
            await handle(one, records, replay=replay)
            orders.replaying = False

        return handled

    return made


def published(orders: Orders) -> Callable[[Waiting], Waiting]:
    """Points before, in the middle of and after publishing."""

    def made(publish: Waiting) -> Waiting:
        async def struck(log: KafkaLog, envelopes: Sequence[Any]) -> None:
            await orders.reach(REPLAYED if orders.replaying else "before publish")
            half = len(envelopes) // 2
            if half and (sent := orders.due("publish half-way")):
                await publish(log, envelopes[:half])
                orders.carry_out("publish half-way", sent)
            await publish(log, envelopes)
            await orders.reach("publish")

        return struck

    return made
