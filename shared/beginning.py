"""A process begins: it opens its store and joins its group, however long that takes. And it stays: where its reading
ended by itself, it joins again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from shared.decider import Service
from shared.envelope import Record
from shared.runtime.archive import Archive
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import collection
from shared.runtime.failures import backoff, shown
from shared.runtime.owner import Owner
from shared.runtime.positions import POSITIONS
from shared.runtime.store import Collection, Store

Take = Callable[[Sequence[Record]], Awaitable[Any]]


class Joining(Protocol):
    """What this asks of the log."""

    @property
    def ended(self) -> str: ...
    async def start(self, take: Take, revoked: Callable[[], Awaitable[None]]) -> None: ...
    async def stop(self) -> None: ...


LOOK = 1.0
"""Seconds from one look at whether there is still somebody who reads to the next."""
LEAVE = 25.0
"""Seconds to finish the batch in hand and leave the group in."""


async def begin(
    service: Service[Any] | Archive,
    store: Store,
    journal: Store,
    *,
    kept: Sequence[Collection] = (),
    log: Joining,
    owner: Owner,
    take: Take,
    stopped: asyncio.Event,
) -> bool:
    """Open the store and join the group, however long that takes; False when stopped before.

    `kept` is what a decider's service has in its journal; an archive declares that itself.
    """
    collections = service.collections if isinstance(service, Archive) else (collection(service),)
    kept = service.journal if isinstance(service, Archive) else kept

    async def opened() -> None:
        await store.open((*collections, DEAD_LETTERS, POSITIONS))
        if kept:
            await journal.open(kept)
        await log.start(take, owner.revoked)

    return await _joined(opened, log, owner, stopped)


async def stay(log: Joining, owner: Owner, take: Take, stopped: asyncio.Event) -> None:
    """Until stopped: where nothing is read any more although nobody said so, tell of it, leave the group and join it
    anew. What was in hand comes again, as after a crash."""
    while not stopped.is_set():
        if log.ended:
            owner.telemetry.out.error("reading ended by itself", reason=log.ended)
            await _left(log)
            await _joined(partial(log.start, take, owner.revoked), log, owner, stopped)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                await stopped.wait()


async def _joined(
    join: Callable[[], Coroutine[Any, Any, None]], log: Joining, owner: Owner, stopped: asyncio.Event
) -> bool:
    """Whether it came about before the process was told to stop."""
    failures = 0
    while not stopped.is_set():
        # To try again and again is life: restarting this process would bring back neither store nor broker.
        owner.last_poll = time.monotonic()
        try:
            await _unless(stopped, join())
        except Exception as error:  # noqa: BLE001 - store or broker away: say so and try again
            failures += 1
            owner.last_error = shown(error)
            owner.telemetry.rewound(error, backoff(failures))
            await log.stop()
            try:
                async with asyncio.timeout(backoff(failures)):
                    await stopped.wait()
            except TimeoutError:
                continue
        else:
            return not stopped.is_set()
    return False


async def _left(log: Joining) -> None:
    """What is broken may neither answer nor end in order: it is not waited for, and what it says to that is nothing
    new."""
    leaving = asyncio.create_task(log.stop())
    await asyncio.wait({leaving}, timeout=LEAVE)
    if not leaving.cancel() and not leaving.cancelled():
        leaving.exception()


async def _unless(stopped: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Work, or the part of it that was done before the process was told to stop."""
    tasks = [asyncio.create_task(work), asyncio.create_task(stopped.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0] in done:
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
