"""Every runbook is followed as it is written, after what it is for has been brought about (support/runbook.py)."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.commands.here import ELSEWHERE, announced
from deploy.demo.issued import issue
from deploy.demo.mischief.medicines import handed
from deploy.demo.residents import residents
from deploy.demo.scene import new_id
from deploy.local.jars import CHECKOUT
from shared.events.edge import MedicationHandedOver, MedicationPickupRequested, RegistrationCancellationRequested
from shared.reference import save
from tests.support.crowd import crowd
from tests.support.runbook import PAGES, following
from tests.support.town import Town, assert_clean, eventually, town
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


async def test_in_a_deployment_a_service_is_stopped_by_whoever_runs_its_containers(here: Town, tmp_path: Path) -> None:
    await here.drained()
    for shared in ("reference", "secrets"):
        (tmp_path / shared).symlink_to(here.local.folder / shared)
    with announced(replace(here.here, folder=str(tmp_path), pid=ELSEWHERE)):
        for command in ("rebuild", "restart", "add"):
            status, said = await onecard(tmp_path, command, "lab")
            assert (status, "docker compose" in said, "NotStopped" in said) == (2, True, True), said
        await here.process("lab").stop()

        async def rebuilt() -> str:
            status, said = await onecard(tmp_path, "rebuild", "lab")
            return "" if "lab still runs" in said else f"{status} {said}"

        try:
            # A process with a name of its own does not leave its group, it is missed there.
            found = await eventually(rebuilt, 90)
        finally:
            await here.process("lab").start()
    assert found.startswith("0 "), found
    await here.drained()


async def onecard(folder: Path, *words: str) -> tuple[int, str]:
    """The status of a command, and all it said."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", *words, "--folder", str(folder)),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    return child.returncode or 0, said.decode()


async def test_somebody_asks_why_it_takes_so_long(here: Town) -> None:
    async with somebody_in(here) as stage:
        await stage.opened()
        asked = await stage.say(MedicationPickupRequested, prescription=new_id(stage.rng))
        await stage.settled(asked, ("held", "refused"))
        with following("lag.md", here) as book:
            await book.next(VISIT=stage.visit.id)
            here.local.processes.kill("pharmacy-1")
            assert "does not answer" in await book.next()
            assert " 000" in await book.next(URL=here.here.urls["pharmacy"])
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


async def test_what_was_backed_up_is_put_back(here: Town, tmp_path: Path) -> None:
    known, later = residents(2, 201, here.city.secrets)
    await issue(here.here, [known])
    await here.drained()
    await here.archive(known.key)
    told, before = {"BACKUP": str(tmp_path / "backup")}, journals(here)
    with following("restore.md", here) as book:
        await book.next(**told)
        await issue(here.here, [later])
        await here.drained()
        owners = [here.process(service) for service in ("records", "cards")]
        for owner in owners:
            await owner.stop()
        for file in (here.local.folder / "sqlite").glob("*_journal.sqlite*"):
            file.unlink()
        await book.next(**told)
        assert journals(here) == before
        for owner in owners:
            await owner.start()
        # They apply once more, and hear that they have a card.
        await issue(here.here, [later])
        await here.drained()
        await here.local.processes.stop()
        await here.broker.stop()
        before = journals(here)
        await book.next(**told)
        shutil.rmtree(here.local.folder / "kafka" / "data")
        for file in (here.local.folder / "sqlite").iterdir():
            file.unlink()
        await book.next(**told)
        await here.broker.start()
        await here.local.processes.start()
    assert journals(here) == before
    await here.drained()
    assert_clean(await here.check())


def journals(here: Town) -> list[list[str]]:
    """All that is in the stores that are not on the log."""
    found = []
    for name in ("records_journal", "cards_journal"):
        with closing(sqlite3.connect(f"file:{here.local.folder / 'sqlite' / name}.sqlite?mode=ro", uri=True)) as file:
            found.append([line for line in file.iterdump() if line.startswith("INSERT")])
    assert all(found)
    return found
