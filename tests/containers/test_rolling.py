"""A new version of an event type is rolled out under load: hearers first. The other way round it parks and shows, and
nothing is lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.containers.deployment import Deployment
from tests.containers.engine import ONECARD
from tests.containers.visits import closing, meanwhile, said
from tests.support.town import eventually
from tests.support.whole_visit import done_acts, somebody_in

pytestmark = [pytest.mark.containers, pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="session")]

NEXT = "onecard:next"
HEARERS = ("consultation", "guide", "records")
SAYER = "registration"
CLOSED = "onecard.registration.visit-closed.v2"


@pytest.fixture(scope="module")
def next_image(client: docker.DockerClient) -> str:
    client.images.build(path=str(Path(__file__).parent / "next"), tag=NEXT, rm=True)
    return NEXT


async def test_hearers_first_nobody_notices(deployment: Deployment, next_image: str) -> None:
    deployment.images["operator"] = next_image
    async with meanwhile(deployment) as done:
        for service in (*HEARERS, SAYER):
            await deployment.roll(service, next_image)
            await deployment.ready(service)
        before = len(done)
        await eventually(lambda: more(done, before + 2), 120)
    await deployment.clean()
    assert CLOSED in {entry["type"] for entry in await deployment.archive(done[-1])}


async def test_sayer_first_parks_and_shows_and_loses_nothing(deployment: Deployment, next_image: str) -> None:
    deployment.images["operator"] = next_image
    for service, image in ((SAYER, next_image), *((hearer, ONECARD) for hearer in HEARERS)):
        await deployment.roll(service, image)
        await deployment.ready(service)
    async with somebody_in(deployment) as stage:
        await said(deployment, done_acts(stage))
        await eventually(lambda: is_there(deployment, stage.resident.key, "medication-dispensed"), 60)
        await closing(deployment, stage)
    await eventually(lambda: shown(deployment), 60)
    for service in HEARERS:
        await deployment.roll(service, next_image)
        await eventually(partial(answers, deployment, service), 60)
    for one in await set_aside(deployment):
        await deployment.onecard("dead-letters", "replay", one["id"], "--service", one["service"])
    await eventually(lambda: is_there(deployment, stage.resident.key, "visit-closed"), 60)
    await deployment.clean()


async def shown(here: Deployment) -> bool:
    """Whether every hearer of the new version has something that waits for people, and says so."""
    return {one["service"] for one in await set_aside(here)} >= set(HEARERS)


async def set_aside(here: Deployment) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await here.onecard("dead-letters", "list", among=(0, 1))
    return found


async def is_there(here: Deployment, card: str, name: str) -> bool:
    return any(f".{name}." in entry["type"] for entry in await here.archive(card))


async def answers(here: Deployment, service: str) -> bool:
    return bool(await here.readiness(service))


async def more(done: list[str], than: int) -> bool:
    return len(done) > than
