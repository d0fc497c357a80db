"""Every runbook is followed as it is written, after what it is for has been brought about (support/runbook.py)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.demo.mischief.medicines import handed
from deploy.demo.scene import new_id
from deploy.local.child import Child
from shared.events.edge import MedicationHandedOver, MedicationPickupRequested, RegistrationCancellationRequested
from shared.reference import save
from tests.support.crowd import crowd
from tests.support.runbook import PAGES, following
from tests.support.town import Town, eventually, town
from tests.support.whole_visit import somebody_in

pytestmark = [
    pytest.mark.integration,
    pytest.mark.faults,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A town with a past, at rest."""
    async with town(tmp_path_factory.mktemp("runbooks")) as found:
        async with crowd(found, at_once=4, most=8):
            pass
        await found.drained()
        yield found


@pytest.mark.parametrize("page", sorted(path.name for path in PAGES.glob("*.md")))
async def test_every_runbook_is_followed_by_a_test(page: str) -> None:
    tests = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    assert any(f'following("{page}"' in text for text in tests)


async def test_where_to_begin(here: Town) -> None:
    await here.drained()
    with following("README.md", here) as book:
        assert "all well" in await book.next()


async def test_a_dead_letter_is_brought_home(here: Town) -> None:
    async with somebody_in(here) as stage:
        terminal = f"{stage.place}-kiosk-998"
        where = stage.where().model_copy(update={"terminal": terminal})
        envelope = here.edges.sign(stage.made(RegistrationCancellationRequested, where=where))
        await here.edges.publish([envelope])
        [letter] = await eventually(lambda: here.operations("intake", "dead-letters"))
        with following("dead-letters.md", here) as book:
            assert "unknown_terminal" in await book.next()
            assert envelope.id in await book.next(ID=letter["id"])
            save(here.here.reference, "terminals", [(date(2020, 1, 1), terminal, stage.place, "kiosk")])
            await book.next(SERVICE="intake")
            await book.next(ID=letter["id"])
            await stage.settled(envelope.id, ("held", "refused"))
            assert "unknown_terminal" not in await book.next()
            await book.next()


async def test_a_store_is_made_anew(here: Town) -> None:
    await here.drained()
    with following("rebuild.md", here) as book:
        await book.next()
        assert "True" in await book.next(SERVICE="lab")
        await here.drained()
        await book.next()


async def test_a_lost_store_stops_its_service_until_it_is_made_anew(here: Town) -> None:
    await here.drained()
    lab = here.process("lab")
    await lab.stop()
    for file in (here.local.folder / "sqlite").glob("lab.sqlite*"):
        file.unlink()
    lab.spawn()
    await eventually(is_over(lab), 60)
    assert lab.exit_code == 65
    with following("another-log.md", here) as book:
        await book.next(SERVICE="lab")
    await here.drained()


def is_over(child: Child) -> Callable[[], Awaitable[bool]]:
    async def over() -> bool:
        return not child.running

    return over


async def test_somebody_asks_why_it_takes_so_long(here: Town) -> None:
    async with somebody_in(here) as stage:
        await stage.opened()
        asked = await stage.say(MedicationPickupRequested, prescription=new_id(stage.rng))
        await stage.settled(asked, ("held", "refused"))
        with following("lag.md", here) as book:
            await book.next(VISIT=stage.visit.id)
            here.local.processes.kill("pharmacy-1")
            assert "does not answer" in await book.next()
            await book.next(SERVICE="pharmacy")
            assert "onecard_step_seconds" in await book.next(SERVICE="billing")
            assert "pharmacy-2" in await book.next(SERVICE="pharmacy")
        await here.drained()


async def test_the_broker_is_away_for_a_while(here: Town) -> None:
    here.broker.pause()
    try:
        await eventually(lambda: unready(here))
        with following("away.md", here) as book:
            assert "broker" in await book.next()
            await book.next()
            here.broker.resume()
            await here.drained()
            assert "all well" in await book.next()
            await book.next()
            await book.next()
    finally:
        here.broker.resume()


async def test_an_irregular_act_is_set_right(here: Town) -> None:
    async with somebody_in(here) as stage:
        await stage.opened()
        act = await stage.say(MedicationHandedOver, **handed(new_id(stage.rng), new_id(stage.rng)))
        await stage.settled(act, ("irregular",))
        with following("irregular.md", here) as book:
            assert act in await book.next()
            await book.next(ACT=act)

        async def resolved() -> bool:
            archive = await here.archive(stage.resident.key)
            return "irregularity-resolved" in json.dumps([one["type"] for one in archive])

        await eventually(resolved)


async def unready(here: Town) -> bool:
    return "broker" in (await here.readiness("lab")).get("problems", {})
