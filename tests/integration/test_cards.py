"""The card authority as a real process: issued, ended in the middle, rebuilt; suspended, merged, and read as one."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.demo.issued import register
from deploy.demo.residents import ID_CARD, Resident, residents
from deploy.http import client
from deploy.local.jars import CHECKOUT
from services.cards.registry import POPULATION
from tests.support.commanded import rebuilt
from tests.support.town import Town, assert_clean, eventually, town

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("cards")) as found:
        yield found
        await found.drained()
        assert_clean(await found.check())


def people(here: Town, n: int, seed: int) -> list[Resident]:
    found = list(residents(n, seed, here.city.secrets))
    register(here.here.secrets / POPULATION, found)
    return found


def row(one: Resident) -> dict[str, str]:
    return {"id_type": ID_CARD, "id_number": one.document, "name": one.name}


async def asked(here: Town, path: str, body: dict[str, Any]) -> httpx.Response:
    async with client(base_url=here.here.urls["cards"], timeout=30) as asking:
        return await asking.post(path, json=body)


async def issued(here: Town, one: Resident) -> str:
    answer = await asked(here, "/applications", row(one))
    assert answer.status_code == 201, answer.text
    card: str = answer.json()["card"]
    return card


async def changed(here: Town, card: str, ask: str, **fields: str) -> None:
    answer = await asked(here, f"/cards/{card}/requests", {"ask": ask, **fields})
    assert answer.status_code == 200, answer.text


async def test_the_card_is_the_one_that_readers_know(here: Town) -> None:
    [one] = people(here, 1, 101)
    assert await issued(here, one) == one.key


async def test_ended_in_the_middle_everybody_is_issued_one_card(here: Town) -> None:
    many = people(here, 120, 102)

    async def issuing() -> None:
        while True:
            try:
                answer = await asked(here, "/applications/page", {"applications": [row(one) for one in many]})
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 200 and {one["code"] for one in answer.json()["answers"]} == {"card_exists"}:
                return
            await asyncio.sleep(0.1)

    working = asyncio.create_task(issuing())
    before = await here.events()
    await eventually(lambda: _grown(here, before))
    here.process("cards").kill()
    await here.process("cards").start()
    async with asyncio.timeout(120):
        await working
    await here.at_rest()
    log = [dict(record.headers) for record in await here.records() if record.key in keys(many)]
    # A fact may stand there twice, under one id: what was not acknowledged before the end is said again.
    issued = {heads["ce_id"] for heads in log if heads["ce_type"] == b"onecard.cards.card-issued.v1"}
    assert len(issued) == len(many)


async def _grown(here: Town, before: int) -> bool:
    return await here.events() > before


def keys(people: list[Resident]) -> set[bytes | None]:
    return {one.key.encode() for one in people}


async def test_merged_cards_read_as_one_archive_and_unmerged_as_two(here: Town) -> None:
    kept, retired = [await issued(here, one) for one in people(here, 2, 103)]
    await changed(here, retired, "merge", into=kept)
    await here.at_rest()
    assert await here.archive(kept) == await here.archive(retired)
    await changed(here, retired, "unmerge")
    await here.at_rest()
    assert {entry["body"]["card"] for entry in await here.archive(retired)} == {retired}


async def test_a_rebuild_leaves_the_vault_alone(here: Town) -> None:
    [one] = people(here, 1, 104)
    card = await issued(here, one)
    await here.at_rest()
    found = await rebuilt(here, "cards")
    await here.at_rest()
    holder = await asked(here, f"/cards/{card}/holder", {})
    assert found["same"]
    assert holder.json()["name"] == one.name
    await changed(here, card, "replace")


async def test_no_name_or_number_is_on_a_topic_or_in_a_file_of_ours(here: Town) -> None:
    many = people(here, 5, 105)
    for one in many:
        await issued(here, one)
    await here.at_rest()
    topics = b"".join(record.value or b"" for record in await here.records())
    files = b"".join(path.read_bytes() for path in (here.local.folder / "sqlite").iterdir())
    logs = b"".join(path.read_bytes() for path in (here.local.folder / "logs").iterdir())
    for one in many:
        for text in (one.document.encode(), one.name.encode(), one.number.reveal().encode()):
            assert text not in topics
            assert text not in files
            assert text not in logs


async def command(here: Town, *words: str, stdin: str = "") -> tuple[int, str]:
    """The status and the output of `onecard cards …`."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.cli", "cards", *words, "--folder", str(here.local.folder), "--json",
        cwd=CHECKOUT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await child.communicate(stdin.encode())
    return child.returncode or 0, (out or err).decode()


async def test_a_card_is_issued_suspended_and_shown_by_commands(here: Town) -> None:
    [one] = people(here, 1, 106)
    status, told = await command(here, "issue", stdin=json.dumps(row(one)))
    assert (status, json.loads(told)["card"]) == (0, one.key)
    assert (await command(here, "suspend", one.key, "--reason", "lost"))[0] == 0
    assert json.loads((await command(here, "show", one.key))[1])["suspended"] == "lost"


async def test_a_refusal_is_told_in_both_languages(here: Town) -> None:
    [one] = people(here, 1, 107)
    status, told = await command(here, "issue", stdin=json.dumps({**row(one), "name": "别人"}))
    assert (status, "姓名与证件号码不一致" in told, "not the one of this document" in told) == (2, True, True)


async def test_a_file_is_issued_and_issued_again_without_harm(here: Town, tmp_path: Path) -> None:
    file = tmp_path / "city.csv"
    register(file, people(here, 30, 108))
    first, second = await command(here, "bulk", str(file)), await command(here, "bulk", str(file))
    assert (first[0], json.loads(first[1])["lines"], second) == (0, 30, first)
