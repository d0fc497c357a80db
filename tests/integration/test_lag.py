"""A service that is behind, by less than a done act is held, does no harm: on real processes, one after the other.

The law over any lag is in tests/laws/test_lag.py; here is the truth of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient

from deploy.demo.mischief.stage import Stage
from shared.events import SERVICES
from shared.events.edge import ConsultationRecorded, RegistrationCancellationRequested, VisitCloseRequested
from tests.support.town import Town, assert_clean, eventually, town
from tests.support.whole_visit import content, done_acts, somebody_in

pytestmark = [
    pytest.mark.integration,
    pytest.mark.faults,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

SPANS = {"ask": 30.0, "done": 90.0, "lapse": 120.0, "critical": 60.0}
DECIDERS = ("intake", "registration", "consultation", "billing", "lab", "examination", "pharmacy")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("lag"), spans=SPANS) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def without_lag(here: Town) -> Counter[str]:
    """The archive of somebody whose every request waited for the answer to the one before."""
    async with somebody_in(here) as stage:
        for envelope in done_acts(stage):
            await stage.scene.edges.publish([envelope])
            await stage.settled(envelope.id)
        await stage.done(VisitCloseRequested)
        await here.at_rest()
        return content(await here.archive(stage.resident.key))


@pytest.mark.parametrize("service", DECIDERS)
async def test_an_archive_is_the_same_whoever_was_behind(here: Town, without_lag: Counter[str], service: str) -> None:
    async with somebody_in(here) as stage:
        here.local.processes.pause(f"{service}-1")
        await stage.scene.edges.publish(done_acts(stage))
        await everybody_else_is_done(here, service)
        here.local.processes.resume(f"{service}-1")
        await finished(stage)
        await here.at_rest()
        assert content(await here.archive(stage.resident.key)) == without_lag


async def test_an_archive_is_the_same_when_a_service_slept_so_long_that_its_group_gave_it_up(
    here: Town, without_lag: Counter[str]
) -> None:
    async with somebody_in(here) as stage:
        here.local.processes.pause("billing-1")
        await stage.scene.edges.publish(done_acts(stage))
        await eventually(lambda: has_no_member(here, "onecard-billing"), 40)
        here.local.processes.resume("billing-1")
        await finished(stage)
        await here.at_rest()
        assert content(await here.archive(stage.resident.key)) == without_lag


@pytest.mark.parametrize("service", ["registration", "consultation"])
async def test_a_cancellation_that_crosses_a_consultation_ends_in_one_of_its_two_ways(here: Town, service: str) -> None:
    async with somebody_in(here) as stage:
        await stage.opened()
        here.local.processes.pause(f"{service}-1")
        cancelling = await stage.say(RegistrationCancellationRequested)
        consulting = await stage.say(ConsultationRecorded, **stage.record(tests=1))
        await everybody_else_is_done(here, service)
        here.local.processes.resume(f"{service}-1")
        cancelled, consulted = [await stage.settled(id) for id in (cancelling, consulting)]
        ways = (cancelled["status"], consulted["status"])
        assert ways in (("answered", "irregular"), ("refused", "answered"))


async def test_the_log_and_the_archive_are_right(here: Town) -> None:
    await here.at_rest()
    assert_clean(await here.check())


async def finished(stage: Stage) -> None:
    """Everything is answered; the resident closes the visit, and asks again when that was too early."""
    while (await stage.settled(await stage.say(VisitCloseRequested)))["status"] != "answered":
        continue


async def everybody_else_is_done(here: Town, service: str) -> None:
    """All others have read everything there is, and the one that sleeps has not."""

    async def done() -> bool:
        others = [here.behind(other) for other in SERVICES if other != service]
        return not any([await other for other in others])

    await eventually(done)
    assert await here.behind(service)


async def has_no_member(here: Town, group: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=here.here.kafka)
    await admin.start()
    try:
        [answer] = await admin.describe_consumer_groups([group])
        return not answer.groups[0][5]
    finally:
        await admin.close()
