"""Containers are killed, frozen, cut off and replaced while visits go on; afterwards the check finds nothing wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.containers.deployment import Deployment
from tests.containers.visits import meanwhile
from tests.support.town import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

Fault = Callable[[Deployment], Awaitable[None]]
MORE = 15
"""Records by which the log has grown before a fault strikes, and while it lasts: so it strikes live work."""


async def killed(here: Deployment) -> None:
    await here.kill("lab")
    await grown(here)
    await here.start("lab")


async def frozen(here: Deployment) -> None:
    container = here.container("pharmacy")
    await asyncio.to_thread(container.pause)
    await grown(here)
    await asyncio.to_thread(container.unpause)


async def cut_off(here: Deployment) -> None:
    await here.cut_off("consultation")
    await grown(here, 5)
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


async def grown(here: Deployment, records: int = MORE) -> None:
    """Return when the log has so many records more than now."""
    before = await here.events()

    async def has() -> bool:
        return await here.events() >= before + records

    await eventually(has, 60)


async def more(done: list[str], before: int) -> bool:
    return len(done) > before
