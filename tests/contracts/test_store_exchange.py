"""A rebuilt store takes the live one's place, whole, and again after a crash half way."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from motor.motor_asyncio import AsyncIOMotorClient

from shared.adapters.stores import exchange_store, open_store
from shared.runtime.store import Store, StoreUnavailable
from tests.contracts.conftest import OFFSETS, VISITS, document


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=pytest.mark.integration)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'data'}" if request.param == "sqlite" else str(request.getfixturevalue("server").url)


@pytest.fixture
def service() -> str:
    return f"s{uuid4().hex[:12]}"


@pytest_asyncio.fixture
async def live(url: str, service: str) -> AsyncIterator[Store]:
    store = await opened(url, service)
    await store.insert("visits", [document("old"), document("both", body=b"old")])
    yield store
    await store.close()


async def opened(url: str, service: str, *, scratch: bool = False) -> Store:
    store = open_store(url, service, scratch=scratch)
    await store.open([VISITS, OFFSETS])
    return store


async def rebuild(url: str, service: str) -> None:
    scratch = await opened(url, service, scratch=True)
    await scratch.insert("visits", [document("new", due=1), document("both", body=b"new")])
    await scratch.close()


async def visits(url: str, service: str) -> dict[str, bytes]:
    store = await opened(url, service)
    found = await store.load("visits", ["old", "both", "new"])
    await store.close()
    return {id_: one.body for id_, one in found.items()}


async def test_the_live_store_is_untouched_until_the_exchange(live: Store, url: str, service: str) -> None:
    await rebuild(url, service)
    assert await visits(url, service) == {"old": b"{}", "both": b"old"}


async def test_the_rebuilt_store_takes_the_place_of_the_live_one(live: Store, url: str, service: str) -> None:
    await live.close()
    await rebuild(url, service)
    await exchange_store(url, service)
    assert await visits(url, service) == {"new": b"{}", "both": b"new"}


async def test_indexes_come_along(live: Store, url: str, service: str) -> None:
    await live.close()
    await rebuild(url, service)
    await exchange_store(url, service)
    store = await opened(url, service)
    found = await store.find("visits", "due")
    await store.close()
    assert [one.id for one in found] == ["new"]


async def test_a_collection_that_the_rebuild_left_empty_is_emptied(live: Store, url: str, service: str) -> None:
    await live.insert("offsets", [document("old")])
    await live.close()
    await rebuild(url, service)
    await exchange_store(url, service)
    store = await opened(url, service)
    found = await store.load("offsets", ["old"])
    await store.close()
    assert found == {}


async def test_a_service_without_a_store_gets_the_rebuilt_one(url: str, service: str) -> None:
    await rebuild(url, service)
    await exchange_store(url, service)
    assert await visits(url, service) == {"new": b"{}", "both": b"new"}


async def test_a_second_exchange_says_that_there_is_nothing_to_do(live: Store, url: str, service: str) -> None:
    await live.close()
    await rebuild(url, service)
    await exchange_store(url, service)
    with pytest.raises(LookupError):
        await exchange_store(url, service)


async def test_a_scratch_store_starts_empty(url: str, service: str) -> None:
    await rebuild(url, service)
    scratch = await opened(url, service, scratch=True)
    found = await scratch.load("visits", ["new", "both"])
    await scratch.close()
    assert found == {}


async def test_an_open_scratch_store_is_not_emptied_by_opening_it_again(url: str, service: str) -> None:
    scratch = await opened(url, service, scratch=True)
    await scratch.insert("visits", [document("new")])
    await scratch.open([VISITS])
    found = await scratch.load("visits", ["new"])
    await scratch.close()
    assert set(found) == {"new"}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_file_in_use_is_not_exchanged(live: Store, url: str, service: str) -> None:
    await rebuild(url, service)
    with pytest.raises(StoreUnavailable, match="another process"):
        await exchange_store(url, service)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_log_a_killed_service_left_is_not_played_into_the_new_file(url: str, service: str) -> None:
    killed = await opened(url, "killed")
    await killed.insert("visits", [document("old"), *(document(f"v{n}", body=b"x" * 900) for n in range(200))])
    folder = Path(url.removeprefix("sqlite:"))
    for ending in ("", "-wal"):
        shutil.copy(folder / f"killed.sqlite{ending}", folder / f"{service}.sqlite{ending}")
    await killed.close()
    await rebuild(url, service)
    await exchange_store(url, service)
    assert await visits(url, service) == {"new": b"{}", "both": b"new"}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_damaged_file_can_be_replaced(url: str, service: str) -> None:
    await rebuild(url, service)
    Path(url.removeprefix("sqlite:"), f"{service}.sqlite").write_bytes(b"no database " * 400)
    await exchange_store(url, service)
    assert await visits(url, service) == {"new": b"{}", "both": b"new"}


@pytest.fixture
async def halfway(live: Store, url: str, service: str) -> None:
    """As if the exchange had been killed after its first rename."""
    await rebuild(url, service)
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(url)
    database = client[f"onecard_{service}"]
    await database.create_collection("onecard.exchange")
    await database["offsets.rebuild"].rename("offsets", dropTarget=True)
    client.close()


@pytest.mark.usefixtures("halfway")
@pytest.mark.parametrize("url", [pytest.param("mongo", marks=pytest.mark.integration)], indirect=True)
async def test_half_an_exchange_keeps_the_service_from_opening(url: str, service: str) -> None:
    with pytest.raises(StoreUnavailable, match="interrupted"):
        await opened(url, service)


@pytest.mark.usefixtures("halfway")
@pytest.mark.parametrize("url", [pytest.param("mongo", marks=pytest.mark.integration)], indirect=True)
async def test_half_an_exchange_is_finished_by_doing_it_again(url: str, service: str) -> None:
    await exchange_store(url, service)
    assert await visits(url, service) == {"new": b"{}", "both": b"new"}


async def test_a_store_in_memory_is_not_exchanged() -> None:
    with pytest.raises(ValueError, match="memory"):
        await exchange_store("memory:", "billing")


@pytest.mark.parametrize("unknown", ["", "sqlite:", "sqlite", "postgres://u:secret@h/", "/data"])
def test_an_unknown_address_is_refused_without_being_shown(unknown: str) -> None:
    with pytest.raises(ValueError, match=r"^a store is sqlite:<folder>, mongodb://<host>:<port>/ or memory:$"):
        open_store(unknown, "billing")


def test_a_service_can_not_name_a_file_elsewhere() -> None:
    with pytest.raises(ValueError, match="can't name"):
        open_store("sqlite:data", "../billing")
