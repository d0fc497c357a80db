"""A scene over a platform, desks at work in it, and knowing when nothing is left to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from deploy.commands.here import Here
from deploy.demo.actors.caller import Caller
from deploy.demo.actors.desk import Desk
from deploy.demo.actors.outage import Outage
from deploy.demo.city import City
from deploy.demo.guide import Guide
from deploy.demo.scene import Heard, Scene, quietly
from deploy.edges import Edges
from deploy.http import client
from shared import tracing

DRAINED = 120.0
"""Seconds within which nothing may be left to do."""


@asynccontextmanager
async def scene_of(
    here: Here, city: City, seed: int, *, outage: int = 0, think: float = 0.3, heard: Heard = quietly
) -> AsyncIterator[Scene]:
    """Everything actors share, over one platform."""
    provider = tracing.start("edge", f"zipkin:{here.zipkin}/api/v2/spans" if here.zipkin else "")
    try:
        async with Edges(here.access("edge"), city.terminal_key, ratio=here.trace_ratio) as edges:
            guide = Guide(here.urls["guide"], here.token("edge"))
            yield Scene(edges, guide, city, seed, think, heard=heard, outage=Outage(outage))
    finally:
        if provider:
            provider.shutdown()


@asynccontextmanager
async def open_desks(found: Sequence[Desk]) -> AsyncIterator[Sequence[Desk]]:
    """The desks at work, for as long as the block lasts."""
    working = [asyncio.create_task(desk.work()) for desk in found]
    try:
        yield found
    finally:
        for one in working:
            one.cancel()
        await asyncio.gather(*working, return_exceptions=True)


async def drained(here: Here, open_: Sequence[Desk | Caller]) -> None:
    """Return when no desk has anything left and no service lags behind, seen twice; TimeoutError, which says who is not
    done, after two minutes."""
    try:
        async with asyncio.timeout(DRAINED), client() as asking:
            quiet = 0
            while quiet < 2:
                await asyncio.sleep(0.5)
                still = all(one.idle for one in open_) and not await lag(asking, here)
                quiet = quiet + 1 if still else 0
    except TimeoutError as late:
        busy = ", ".join(sorted({one.called for one in open_ if not one.idle})) or "a service that lags behind"
        shows = f"`onecard up --folder {here.folder}` shows it"
        raise TimeoutError(f"after {DRAINED:g} s this is not done: {busy}; {shows}") from late


async def lag(asking: httpx.AsyncClient, here: Here) -> int:
    """Records that some service has not handled yet; unknown counts as one."""
    answers = await asyncio.gather(*(asking.get(f"{url}/readyz") for url in here.urls.values()))
    return sum(abs(answer.json()["lag"]) for answer in answers)
