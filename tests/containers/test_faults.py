"""Containers are killed, frozen, cut off and replaced while visits go on; afterwards the check finds nothing wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.containers.deployment import Deployment
from tests.containers.visits import closing, meanwhile, said
from tests.support.town import eventually
from tests.support.whole_visit import done_acts, somebody_in

pytestmark = [pytest.mark.containers, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

Fault = Callable[[Deployment], Awaitable[None]]
MORE, REQUESTS = 15, 10
"""Records by which the log has grown before a fault strikes, so it strikes live work; and those of somebody who comes
while it lasts, so there is work for whoever is away, however far the others came."""


async def killed(here: Deployment) -> None:
    await here.kill("lab")
    try:
        await another_comes(here)
    finally:
        await here.start("lab")


async def frozen(here: Deployment) -> None:
    container = here.container("pharmacy")
    await asyncio.to_thread(container.pause)
    try:
        await another_comes(here)
    finally:
        await asyncio.to_thread(container.unpause)


async def cut_off(here: Deployment) -> None:
    await here.cut_off("consultation")
    try:
        await another_comes(here)
    finally:
        await here.join("consultation")


async def broker_killed(here: Deployment) -> None:
    await here.kill("kafka")
    await here.start("kafka")


async def servers_replaced(here: Deployment) -> None:
    """New containers of broker and store, on the volumes of the old ones."""
    await here.kill("store")
    await here.compose.run("rm", "-s", "-f", "kafka", "store")
    await here.compose.run("up", "-d", "--no-deps", "kafka", "store")


@pytest.mark.parametrize("fault", [killed, frozen, cut_off, broker_killed, servers_replaced])
async def test_whatever_befalls_a_container_nothing_is_lost_or_doubled(deployment: Deployment, fault: Fault) -> None:
    async with meanwhile(deployment) as done:
        await grown(deployment)
        await fault(deployment)
        before = len(done)
        await eventually(lambda: more(done, before), 120)
    await deployment.clean()


async def another_comes(here: Deployment) -> None:
    """Return when all that somebody new asks for and does is admitted."""
    before = await here.events()
    async with somebody_in(here) as stage:
        await said(here, done_acts(stage))
        await closing(here, stage)
    await eventually(lambda: reached(here, before + REQUESTS), 60)


async def grown(here: Deployment) -> None:
    """Return when the log has so many records more than now."""
    before = await here.events()
    await eventually(lambda: reached(here, before + MORE), 60)


async def reached(here: Deployment, records: int) -> bool:
    return await here.events() >= records


async def more(done: list[str], before: int) -> bool:
    return len(done) > before
