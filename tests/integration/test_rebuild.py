"""`onecard rebuild SERVICE` on a running platform: the same store, an untouched log, and a service at work."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from deploy.local.jars import CHECKOUT
from shared.events.edge import VisitCloseRequested
from tests.support.crowd import crowd
from tests.support.town import Town, assert_clean, town
from tests.support.whole_visit import done_acts, somebody_in

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

REBUILT = ("intake", "billing", "guide", "records")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A town with a past, at rest."""
    async with town(tmp_path_factory.mktemp("rebuild")) as found:
        async with crowd(found, at_once=4, most=8):
            pass
        await found.drained()
        yield found


@pytest.mark.parametrize("service", REBUILT)
async def test_a_rebuilt_store_is_the_one_before_and_adds_nothing_to_the_log(here: Town, service: str) -> None:
    await here.drained()
    before = await here.events()
    found = await rebuilt(here, service)
    await here.drained()
    assert (found["same"], found["facts the log lacked"], await here.events() - before) == (True, 0, 0)


async def test_the_services_go_on_working(here: Town) -> None:
    async with somebody_in(here) as stage:
        for envelope in done_acts(stage):
            await stage.scene.edges.publish([envelope])
            await stage.settled(envelope.id)
        await stage.done(VisitCloseRequested)


async def test_what_was_asked_before_is_still_known_afterwards(here: Town) -> None:
    async with somebody_in(here) as stage:
        acts = done_acts(stage)
        await stage.scene.edges.publish(acts)
        await here.drained()
        await rebuilt(here, "intake")
        before = await here.events()
        await stage.scene.edges.publish(acts)
        await here.drained()
        assert await here.events() == before


async def test_the_log_and_the_archive_are_right(here: Town) -> None:
    await here.drained()
    assert_clean(await here.check())


async def rebuilt(here: Town, service: str) -> dict[str, Any]:
    """What the command says; it fails unless the store was the one before."""
    command = ("-m", "deploy.cli", "rebuild", service, "--folder", str(here.local.folder), "--json")
    child = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await child.communicate()
    assert child.returncode == 0, (out + err).decode()
    found: dict[str, Any] = json.loads(out)
    return found
