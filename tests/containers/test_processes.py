"""Two containers of one service share its partitions, and one takes them back when the other leaves."""

from __future__ import annotations

import pytest

from tests.containers.deployment import Deployment
from tests.containers.visits import meanwhile
from tests.support.town import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

PARTITIONS = 12


async def test_a_second_process_takes_half_of_the_work_and_gives_it_back(deployment: Deployment) -> None:
    async def owns(partitions: int) -> bool:
        return bool((await deployment.readiness("billing")).get("partitions") == partitions)

    async with meanwhile(deployment, at_once=1):
        async with deployment.another("billing"):
            await eventually(lambda: owns(PARTITIONS // 2), 60)
        await eventually(lambda: owns(PARTITIONS), 60)
    await deployment.clean()
