"""The whole platform with users, TLS and no right too many: a visit goes through, and no password is seen anywhere."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import pytest_asyncio

from deploy.commands.elsewhere import NotStoppedError, stopped
from deploy.commands.here import ELSEWHERE
from deploy.demo.mischief.stage import Stage
from deploy.local.jars import CHECKOUT
from deploy.local.secured import KAFKA, STORE, SecuredBroker
from shared.events import SERVICES
from shared.events.edge import VisitCloseRequested
from tests.support.runbook import following
from tests.support.town import Town, assert_clean, eventually, town
from tests.support.whole_visit import done_acts, somebody_in

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

SPANS = {"ask": 10.0, "done": 60.0, "lapse": 60.0, "critical": 60.0}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("secured"), store="mongodb", secured=True, spans=SPANS) as found:
        async with somebody_in(found) as stage:
            await found.edges.publish(done_acts(stage))
            await closed(stage)
        await found.at_rest()
        yield found


async def test_a_visit_is_whole_and_nothing_is_wrong_with_it(here: Town) -> None:
    assert_clean(await here.check())


async def test_a_service_is_rebuilt_with_its_own_rights(here: Town) -> None:
    status, shown = await onecard(here, "rebuild", "lab")
    assert (status, '"same": true' in shown) == (0, True), shown


async def test_an_operator_of_a_deployment_sees_that_a_service_still_runs(here: Town) -> None:
    with pytest.raises(NotStoppedError, match="lab still runs"):
        await stopped(replace(here.here, pid=ELSEWHERE), "lab")


async def test_a_service_with_a_wrong_password_says_so_and_goes_on_when_it_is_right(here: Town) -> None:
    child, file = here.process("lab"), secrets(here) / "lab.password"
    right = file.read_text()
    await child.stop()
    file.write_text("wrong\n")
    try:
        child.spawn()
        found = await eventually(lambda: problem(here, "lab", "refused user lab"))
        assert f"check the password in {file}" in found["problems"]["start"]
    finally:
        file.write_text(right)
    await eventually(lambda: ready(here, "lab"))


async def test_a_command_with_a_wrong_password_says_so_and_ends_with_a_status(here: Town) -> None:
    file = secrets(here) / "operator.password"
    right = file.read_text()
    file.write_text("wrong\n")
    try:
        status, shown = await onecard(here, "check")
    finally:
        file.write_text(right)
    words = " ".join(shown.split())
    assert (status, "refused user operator: check the password in" in words) == (2, True), shown


async def test_a_password_is_changed_as_the_runbook_says(here: Town) -> None:
    old, broker = (secrets(here) / "pharmacy.password").read_text(), here.broker
    assert isinstance(broker, SecuredBroker)
    told = {"SECRETS": str(secrets(here)), "INTERNAL": broker.declarer.servers, "USER_NAME": "pharmacy"}
    with following("access.md", here) as book:
        await book.next(**told)
        await book.next(**told)
        assert "notAfter=" in await book.next(**told)
    await eventually(lambda: ready(here, "pharmacy"))
    assert (secrets(here) / "pharmacy.password").read_text() != old


async def test_a_service_tells_how_long_the_brokers_certificate_lasts(here: Town) -> None:
    text = (await here.http.get(f"{here.here.urls['pharmacy']}/metrics")).text
    [seconds] = [
        float(line.split()[-1]) for line in text.splitlines() if line.startswith("onecard_certificate_seconds")
    ]
    assert 28 < seconds / 86_400 <= 30


async def test_only_their_owner_may_read_secrets(here: Town) -> None:
    modes = {file.name: oct(file.stat().st_mode & 0o777) for folder in folders(here) for file in folder.iterdir()}
    assert set(modes.values()) == {"0o600"}, modes
    assert {oct(folder.stat().st_mode & 0o777) for folder in folders(here)} == {"0o700"}


async def test_no_password_is_in_a_log_an_answer_an_argument_or_an_environment(here: Town) -> None:
    hidden = {file.name: file.read_text().strip() for file in secrets(here).glob("*.password")}
    hidden |= {file.name: urlsplit(file.read_text()).password or "" for file in folders(here)[1].iterdir()}
    assert len(hidden) == 2 * len(SERVICES) + 3
    assert all(len(word) > 30 for word in hidden.values())
    shown = [*files(here), *processes(), *[path async for path in answers(here)]]
    assert [(name, where) for where, text in shown for name, word in hidden.items() if word in text] == []


def files(here: Town) -> Iterator[tuple[str, str]]:
    """Whatever the platform wrote, but for the secrets and the broker's own data."""
    folder = Path(here.here.folder)
    places = [
        *folder.glob("*.json"),
        *folder.glob("logs/*"),
        *folder.glob("kafka/*.log"),
        *folder.glob("mongodb/*.log"),
        *folder.glob("kafka/*.prop*"),
    ]
    yield from ((str(path), path.read_text(errors="replace")) for path in places)


def processes() -> Iterator[tuple[str, str]]:
    """What anybody on this machine, or this user, may see of the processes."""
    for child in psutil.Process().children(recursive=True):
        yield f"arguments of {child.name()}", " ".join(child.cmdline())
        yield f"environment of {child.name()}", " ".join(f"{key}={value}" for key, value in child.environ().items())


async def answers(here: Town) -> AsyncIterator[tuple[str, str]]:
    for service, url in here.here.urls.items():
        for path in ("/readyz", "/metrics", "/openapi.json", "/operations/dead-letters"):
            yield f"{service}{path}", (await here.http.get(f"{url}{path}")).text


async def closed(stage: Stage) -> None:
    """The resident closes the visit, and asks again when that was too early."""
    while (await stage.settled(await stage.say(VisitCloseRequested)))["status"] != "answered":
        continue


async def problem(here: Town, service: str, words: str) -> dict[str, dict[str, str]] | None:
    found = await here.readiness(service)
    return found if words in str(found.get("problems")) else None


async def ready(here: Town, service: str) -> bool:
    return bool((await here.readiness(service)).get("ready"))


async def onecard(here: Town, *arguments: str) -> tuple[int, str]:
    """The status of a command, and all it showed."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", *arguments, "--json", "--folder", here.here.folder),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    shown, _ = await child.communicate()
    return child.returncode or 0, shown.decode()


def folders(here: Town) -> list[Path]:
    return [here.here.secrets / KAFKA, here.here.secrets / STORE]


def secrets(here: Town) -> Path:
    return here.here.secrets / KAFKA
