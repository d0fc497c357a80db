"""`onecard rebuild SERVICE` on a running platform: the same store, an untouched log, and a service at work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from deploy.demo.mischief.records import asked
from deploy.demo.residents import Resident, residents
from shared.events.base import Visit
from shared.events.edge import VisitCloseRequested
from shared.uuid7 import uuid7
from tests.support.commanded import commanded, rebuilt
from tests.support.crowd import crowd
from tests.support.town import Town, assert_clean, eventually, town
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


async def test_a_record_that_is_given_up_is_passed_over_by_a_check_and_by_a_rebuild(here: Town) -> None:
    """A decider breaks on it; an operator gives it up; the one that waits behind it is handled."""
    async with somebody_in(here) as stage:
        stage.resident = odd(residents(50, 71, here.city.secrets))
        first = asked(stage)
        stage.visit = Visit(id=uuid7(), date=stage.visit.date)
        second = asked(stage)
        async with broken(here, "registration"):
            await stage.scene.edges.publish([first, second])
            [parked] = await eventually(lambda: here.operations("registration", "parked"))
        told = ("--reason", "a test breaks the decider", "--operator", "W7", "--yes")
        await commanded(here, "dead-letters", "refuse", parked["id"], *told)
        await stage.settled(second.id)
    await here.drained()
    found = await here.check()
    rebuilding = await rebuilt(here, "registration")
    assert (found.status, [one.events[0] for one in found.given_up], rebuilding["same"]) == (0, [first.id], True)


async def test_the_log_and_the_archive_are_right(here: Town) -> None:
    await here.drained()
    assert_clean(await here.check())


@asynccontextmanager
async def broken(here: Town, service: str) -> AsyncIterator[None]:
    """Its decider has a bug that half of all cards meet, until the block ends."""
    child = here.process(service)
    whole = child.command, child.environment
    child.command = (*child.command[:-1], f"tests.faults.struck.{service}")
    child.environment = {**child.environment, "ONECARD_STRUCK": str(here.local.folder), "ONECARD_BROKEN": "1"}
    await child.restart()
    try:
        yield
    finally:
        child.command, child.environment = whole
        await child.restart()


def odd(residents: Iterable[Resident]) -> Resident:
    """Somebody of the half of all cards on which a broken decider breaks."""
    return next(one for one in residents if int(one.key[:2], 16) % 2)
