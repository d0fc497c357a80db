"""Dead letters and parked streams over HTTP: all of them, however many pages they fill."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy import http
from services.lab.service import SERVICE
from shared.adapters.memory import MemoryStore
from shared.operations import operations
from shared.runtime import dead_letters
from shared.runtime.dead_letters import DEAD_LETTERS, DeadLetter
from shared.runtime.documents import STREAMS, Kept, Pointer, collection, encode
from shared.step import Stream

MANY = 7
WHY = Pointer("onecard.events", 0, 1, "id", "digest", "KeyError")
PARKED = [Kept(f"{number:064x}", "card", 0, Stream(SERVICE.initial), parked=(WHY,)) for number in range(MANY)]


@pytest_asyncio.fixture
async def asking(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service with more of both than a page of three holds."""
    monkeypatch.setattr(http, "PAGE", 3)
    store = MemoryStore()
    await store.open([collection(SERVICE), DEAD_LETTERS])
    await store.save(STREAMS, [encode(SERVICE, kept, "") for kept in PARKED])
    await dead_letters.keep(store, [DeadLetter("onecard.requests", 0, n, "why", n // 2, "") for n in range(MANY)])
    app = FastAPI()
    app.include_router(operations(SERVICE, store))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        yield client
    await store.close()


async def test_all_parked_streams_are_told_page_by_page(asking: httpx.AsyncClient) -> None:
    assert [one["id"] async for one in http.parked(asking, "http://lab")] == [kept.id for kept in PARKED]


async def test_all_dead_letters_are_told_page_by_page(asking: httpx.AsyncClient) -> None:
    found = [one["id"] async for one in http.dead_letters(asking, "http://lab")]
    assert found == [f"onecard.requests/0/{number}" for number in range(MANY)]


@pytest.mark.parametrize("since_ms", [-1, 1 << 53, 10**20])
async def test_a_moment_no_store_can_be_asked_for_is_refused(asking: httpx.AsyncClient, since_ms: int) -> None:
    asked = {"since_ms": str(since_ms), "after": "onecard.requests/0/0"}
    assert (await asking.get("http://lab/operations/dead-letters", params=asked)).status_code == 422


@pytest.mark.parametrize(("token", "status"), [("operator's", 200), ("edge's", 403), ("nobody's", 401)])
async def test_where_readers_are_named_only_the_operator_is_answered(token: str, status: int) -> None:
    store, app = MemoryStore(), FastAPI()
    await store.open([collection(SERVICE), DEAD_LETTERS])
    readers = {name: sha256(f"{name}'s".encode()).hexdigest() for name in ("operator", "edge")}
    app.include_router(operations(SERVICE, store, readers))
    elsewhere = httpx.ASGITransport(app, client=("192.0.2.1", 4711))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://lab") as client:
        shown = {"Authorization": f"Bearer {token}"}
        assert (await client.get("/operations/parked", headers=shown)).status_code == status


async def test_where_nobody_is_named_only_this_machine_is_answered() -> None:
    app = FastAPI()
    app.include_router(operations(SERVICE, MemoryStore()))
    elsewhere = httpx.ASGITransport(app, client=("192.0.2.1", 4711))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://lab") as client:
        assert (await client.get("/operations/parked")).status_code == 403


def test_a_client_of_this_machine_asks_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    assert http.client().trust_env is False
