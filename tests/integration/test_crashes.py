"""Whoever is killed under load, and comes back: nothing is lost, nothing is said twice, nobody decides otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.events import SERVICES
from tests.support.crowd import Crowd, crowd
from tests.support.town import Town, assert_clean, eventually, town

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.timeout(400)]

PROGRESS = 30
"""So many events more on the log before the next fault strikes."""


async def test_killing_each_service_and_the_broker_under_load_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        async with crowd(here, at_once=4) as people:
            struck = [await kill_service(here, people, service) for service in SERVICES]
            struck.append(await kill_broker(here, people))
            await progressed(here, people)
        print("struck at", struck, "visits", len(people.outcomes), "failed people", len(people.errors))
        await here.drained(240)
        assert_clean(await here.check())


async def progressed(here: Town, people: Crowd) -> int:
    """How many events there are, once there is work under way and there are enough more of them than before."""
    before = await here.events()

    async def enough() -> int:
        now = await here.events()
        return now if now >= before + PROGRESS and people.inside else 0

    found: int = await eventually(enough, 60)
    return found


async def kill_service(here: Town, people: Crowd, service: str) -> tuple[str, int]:
    """Kill it, and let it come back only when there is work that it missed."""
    at = await progressed(here, people)
    here.local.processes.kill(f"{service}-1")
    await eventually(lambda: here.behind(service))
    await here.process(service).start()
    return service, at


async def kill_broker(here: Town, people: Crowd) -> tuple[str, int]:
    """Kill it while requests are on their way to it."""
    at = await progressed(here, people)
    here.broker.kill()
    await here.broker.start()
    return "broker", at
