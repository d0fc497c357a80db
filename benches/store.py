"""What the three stores do in a second, with documents of 1 KB in batches of 500: `python -m benches.store`.

Beside each SQLite figure stands the limit: the same rows through the bare sqlite3 module, measured alternately.
The server that stands in for MongoDB syncs every document; its figures say nothing of MongoDB.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from deploy.local.stores import Store as Server
from shared.adapters.memory import MemoryStore
from shared.adapters.sqlite import SqliteStore
from shared.adapters.stores import open_store
from shared.runtime.store import Collection, Document, Index, Store

VISITS = Collection("visits", (Index("due", ("due",)),))
BATCH = 500
BODY = os.urandom(512).hex().encode()


def main() -> None:
    print(f"{'documents/s':<18}{'insert':>10}{'save':>10}{'load':>10}{'find':>10}   median (least-most of the rounds)")
    # In the checkout, because a system's temporary folder may be memory, where a sync costs nothing.
    Path(".onecard").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=".onecard") as name:
        folder = Path(name)
        limit, sqlite = [], []
        for n in range(5):
            limit.append(bare(folder / f"bare{n}", 10_000))
            sqlite.append(asyncio.run(measure(SqliteStore(folder / f"store{n}"), 10_000)))
        show("bare sqlite3", limit)
        show("sqlite", sqlite)
        show("memory", [asyncio.run(measure(MemoryStore(), 10_000)) for _ in range(5)])
        show("mongodb stand-in", asyncio.run(stand_in(Server(folder), 1_000)))


async def stand_in(server: Server, count: int) -> list[list[float]]:
    await server.start()
    try:
        return [await measure(open_store(server.url, f"bench{n}"), count) for n in range(3)]
    finally:
        await server.stop()


def show(name: str, rounds: list[list[float]]) -> None:
    columns = [*zip(*rounds, strict=True)]
    spread = ", ".join(f"{min(column):,.0f}-{max(column):,.0f}" for column in columns)
    print(f"{name:<18}{''.join(f'{median(column):>10,.0f}' for column in columns)}   ({spread})")


async def measure(store: Store, count: int) -> list[float]:
    await store.open([VISITS])
    ids = identities(count)
    batches = [ids[first : first + BATCH] for first in range(0, count, BATCH)]

    async def insert(batch: list[str]) -> int:
        return BATCH - len(await store.insert("visits", [Document(id_, 1, BODY, {"due": 1}) for id_ in batch]))

    async def save(batch: list[str]) -> int:
        return BATCH - len(await store.save("visits", [Document(id_, 2, BODY, {"due": 1}) for id_ in batch]))

    async def load(batch: list[str]) -> int:
        return len(await store.load("visits", batch))

    async def find(batch: list[str]) -> int:
        return len(await store.find("visits", "due", since=1, until=2, limit=BATCH))

    speeds = [await speed(call, batches) for call in (insert, save, load, find)]
    await store.close()
    return speeds


def identities(count: int) -> list[str]:
    random = Random(count)
    return [f"{random.getrandbits(128):032x}" for _ in range(count)]


async def speed(call: Callable[[list[str]], Awaitable[int]], batches: list[list[str]]) -> float:
    begun = perf_counter()
    done = [await call(batch) for batch in batches]
    took = perf_counter() - begun
    if set(done) != {BATCH}:
        raise RuntimeError("not every document was reached")
    return len(batches) * BATCH / took


def bare(path: Path, count: int) -> list[float]:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA wal_autocheckpoint = 4000",
        "CREATE TABLE visits (id TEXT PRIMARY KEY, version INTEGER, token TEXT, body BLOB, due)",
        "CREATE INDEX due ON visits (due, id) WHERE due IS NOT NULL",
    ):
        connection.execute(statement)
    ids = identities(count)
    batches = [ids[first : first + BATCH] for first in range(0, count, BATCH)]
    speeds = []
    for begin, statement in (
        ("BEGIN IMMEDIATE", "INSERT INTO visits (version, token, body, due, id) VALUES (?, ?, ?, ?, ?)"),
        ("BEGIN IMMEDIATE", "UPDATE visits SET version = ?, token = ?, body = ?, due = ? WHERE id = ? AND version = 1"),
    ):
        begun = perf_counter()
        for batch in batches:
            connection.execute(begin)
            connection.executemany(statement, [(2 - (statement[0] == "I"), "t" * 32, BODY, 1, id_) for id_ in batch])
            connection.execute("COMMIT")
        speeds.append(count / (perf_counter() - begun))
    marks = ", ".join("?" * BATCH)
    begun = perf_counter()
    for batch in batches:
        connection.execute(f"SELECT id, version, token, body, due FROM visits WHERE id IN ({marks})", batch).fetchall()
    speeds.append(count / (perf_counter() - begun))
    begun = perf_counter()
    for _ in batches:
        connection.execute("SELECT * FROM visits WHERE due >= 1 AND due < 2 ORDER BY due, id LIMIT 500").fetchall()
    speeds.append(count / (perf_counter() - begun))
    connection.close()
    return speeds


if __name__ == "__main__":
    main()
