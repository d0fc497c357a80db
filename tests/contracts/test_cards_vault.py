"""The vault over each of the three stores: one row a document however many enter it, found again, settled, resealed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from services.cards.person import Person
from services.cards.sealed import Keyring
from services.cards.seen import SEEN, admit
from services.cards.vault import APPLICATION, OPENED, PAGE, ROWS, Outcome, Pending, Row, Vault, opened, sealed_row
from shared.adapters.memory import MemoryStore
from shared.adapters.mongo import MongoStore
from shared.adapters.sqlite import SqliteStore
from shared.runtime.store import Store
from tests.support.card_desk import SECRETS, CardDesk, person
from tests.support.spec import an_id

AT = "2026-11-24T09:00:00.000+08:00"


@pytest.fixture(params=["memory", "sqlite", pytest.param("mongo", marks=pytest.mark.integration)])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    match request.param:
        case "memory":
            return MemoryStore()
        case "sqlite":
            return SqliteStore(tmp_path / "cards_journal.sqlite")
        case _:
            return MongoStore(request.getfixturevalue("server").url, f"test_{uuid4().hex}")


@pytest_asyncio.fixture
async def store(made: Store) -> AsyncIterator[Store]:
    await made.open([ROWS, OPENED, SEEN])
    yield made
    await made.close()


def row(n: int, at: str = AT) -> Row:
    made, _ = sealed_row(Person(**person(n)), SECRETS)
    return made.with_pending(Pending(an_id(n), APPLICATION, at, "{}"))


async def test_of_twenty_who_enter_a_document_one_does(store: Store) -> None:
    vault = Vault(store, SECRETS)
    lost = await asyncio.gather(*(vault.enter([row(1)]) for _ in range(20)))
    assert sum(not one for one in lost) == 1


async def test_of_twenty_who_ask_about_a_card_one_does(store: Store) -> None:
    vault = Vault(store, SECRETS)
    await vault.enter([row(1)])
    found = await vault.of_card(row(1).card)
    assert found is not None
    lost = await asyncio.gather(
        *(vault.save([found.with_pending(Pending(an_id(n), APPLICATION, AT, "{}"))]) for n in range(20))
    )
    assert sum(not one for one in lost) == 1


async def test_a_row_comes_back_as_it_was_entered(store: Store) -> None:
    vault, made = Vault(store, SECRETS), row(1)
    await vault.enter([made])
    assert await vault.of([Person(**person(1))]) == {made.id: replace(made, version=1)}


async def test_what_is_pending_is_gone_through_whole_and_in_order(store: Store) -> None:
    vault = Vault(store, SECRETS)
    await vault.enter([row(n, at=f"2026-11-24T09:{n // 60:02d}:{n % 60:02d}.000+08:00") for n in range(PAGE + 7)])
    found = [one for page in [page async for page in vault.pending("2027")] for one in page]
    assert [one.pending.id for one in found if one.pending] == [an_id(n) for n in range(PAGE + 7)]


async def test_what_is_settled_is_pending_no_more(store: Store) -> None:
    vault = Vault(store, SECRETS)
    await vault.enter([row(1)])
    [found] = (await vault.of([Person(**person(1))])).values()
    await vault.save([found.settled("")])
    [after] = (await vault.of([Person(**person(1))])).values()
    assert (after.issued, after.last, [page async for page in vault.pending("2027")]) == (
        True,
        Outcome(an_id(1), ""),
        [],
    )


async def test_all_is_resealed_page_by_page_and_reads_as_before(store: Store) -> None:
    await Vault(store, SECRETS).enter([row(n) for n in range(PAGE + 7)])
    both = replace(SECRETS, vault=Keyring({"v1": b"v" * 16, "v2": b"w" * 16}))
    vault = Vault(store, both)
    assert [await vault.resealed() for _ in range(3)] == [PAGE, 7, 0]
    [found] = (await vault.of([Person(**person(3))])).values()
    only = replace(SECRETS, vault=Keyring({"v2": b"w" * 16}))
    assert opened(found, only)["name"] == person(3)["name"]


async def test_of_twenty_readers_of_one_code_one_is_first(store: Store) -> None:
    now = CardDesk().now
    taken = [admit(store, b"\0" * 32, terminal=f"K{n}", now=now, until=now.replace(minute=2)) for n in range(20)]
    assert [code for code in await asyncio.gather(*taken) if code is None] == [None]
