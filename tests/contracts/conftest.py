"""Where a store keeps its documents, for each of the three stores: one suite runs on all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.local.stores import Store as Server
from shared.adapters.memory import MemoryStore
from shared.adapters.mongo import MongoStore
from shared.adapters.sqlite import SqliteStore
from shared.runtime.store import Collection, Document, Index, IndexValue, Store

VISITS = Collection(
    "visits",
    (Index("due", ("due",)), Index("desk", ("desk", "state", "since")), Index("name", ("order",))),
)
OFFSETS = Collection("offsets")


@dataclass
class Place:
    """`open` gives a store on the same data each time; another connection, where the store has connections."""

    make: Callable[[], Store]
    opened: list[Store] = field(default_factory=list)

    async def open(self) -> Store:
        store = self.make()
        self.opened.append(store)
        await store.open([VISITS, OFFSETS])
        return store

    async def close(self) -> None:
        for store in self.opened:
            await store.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(params=["memory", "sqlite", pytest.param("mongo", marks=pytest.mark.integration)])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    match request.param:
        case "memory":
            only = MemoryStore()
            return Place(lambda: only)
        case "sqlite":
            return Place(lambda: SqliteStore(tmp_path / "visits.sqlite"))
        case _:
            # Asked for by name, so that the suite on memory and SQLite starts no server.
            url, name = request.getfixturevalue("server").url, f"test_{uuid4().hex}"
            return Place(lambda: MongoStore(url, name))


@pytest_asyncio.fixture
async def place(empty_place: Place) -> AsyncIterator[Place]:
    yield empty_place
    await empty_place.close()


@pytest_asyncio.fixture
async def store(place: Place) -> Store:
    return await place.open()


def document(id_: str, version: int = 1, body: bytes = b"{}", token: str = "", **index: IndexValue) -> Document:
    return Document(id_, version, body, index, token)
