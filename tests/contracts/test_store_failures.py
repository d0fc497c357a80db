"""What a store does when its disk, its file or its server fails: it says so, and goes on when it can again."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio

from deploy.local.stores import Store as Server
from shared.adapters import sqlite_file
from shared.adapters.mongo import MongoStore
from shared.adapters.sqlite import SqliteStore
from shared.runtime.store import StoreUnavailable
from tests.contracts.conftest import VISITS, document

ROOT = Path(__file__).parents[2]

# Says the number of each batch once it is saved, until it is killed.
WRITER = """
import asyncio, sys
from shared.adapters.sqlite import SqliteStore
from tests.contracts.conftest import VISITS, document
async def main():
    store = SqliteStore(sys.argv[1])
    await store.open([VISITS])
    for n in range(100_000):
        await store.insert("visits", [document(f"{n}/{k}", due=n) for k in range(10)])
        print(n, flush=True)
asyncio.run(main())
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "visits.sqlite"


@pytest_asyncio.fixture
async def kept(file: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(file)
    await store.open([VISITS])
    yield store
    await store.close()


def test_what_was_acknowledged_outlives_kill_9(file: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(30)]
        writer.kill()
        said += [int(line) for line in writer.stdout.read().splitlines() if line]
    with sqlite3.connect(file) as connection:
        due = [row[0] for row in connection.execute("SELECT due FROM visits")]
    connection.close()
    assert all(due.count(n) == 10 for n in said)


async def test_many_may_open_and_write_a_new_file_at_once(file: Path) -> None:
    stores = [SqliteStore(file) for _ in range(8)]
    await asyncio.gather(*(store.open([VISITS]) for store in stores))
    await asyncio.gather(*(store.insert("visits", [document(f"v{n}")]) for n, store in enumerate(stores)))
    found = await stores[0].load("visits", [f"v{n}" for n in range(8)])
    await asyncio.gather(*(store.close() for store in stores))
    assert len(found) == 8


async def test_a_file_another_process_holds_is_unavailable(
    file: Path, monkeypatch: pytest.MonkeyPatch, kept: SqliteStore
) -> None:
    monkeypatch.setattr(sqlite_file, "_BUSY_SECONDS", 0.05)
    impatient = SqliteStore(file)
    await impatient.open([VISITS])
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="another process holds it"):
        await impatient.save("visits", [document("a")])
    other.close()
    assert await impatient.save("visits", [document("a")]) == set()
    await impatient.close()


async def test_a_full_disk_is_said_and_saves_nothing(kept: SqliteStore) -> None:
    assert kept._connection is not None
    kept._connection.execute("PRAGMA max_page_count = 40")
    with pytest.raises(StoreUnavailable, match="disk is full"):
        await kept.insert("visits", [document(f"v{n}", body=b"x" * 4_000) for n in range(100)])
    assert await kept.load("visits", ["v0"]) == {}


async def test_a_damaged_file_is_said_to_be_rebuilt(file: Path) -> None:
    file.write_bytes(b"no database " * 400)
    with pytest.raises(StoreUnavailable, match="rebuild"):
        await SqliteStore(file).open([VISITS])


async def test_a_new_index_is_added_to_an_old_file(file: Path, kept: SqliteStore) -> None:
    await kept.insert("visits", [document("a", due=1)])
    await kept.close()
    with sqlite3.connect(file) as connection:
        connection.execute('DROP INDEX "visits:order"')
        connection.execute('ALTER TABLE visits DROP COLUMN "order"')
    connection.close()
    await kept.open([VISITS])
    await kept.save("visits", [document("a", 2, order="x")])
    assert [one.id for one in await kept.find("visits", "name")] == ["a"]


@pytest_asyncio.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path / "mortal")
    (tmp_path / "mortal").mkdir()
    await server.start()
    yield server
    # A server that hung takes long to end when it is asked to.
    server.kill()


@pytest_asyncio.fixture
async def remote(mortal: Server) -> AsyncIterator[MongoStore]:
    store = MongoStore(mortal.url, "mortal")
    await store.open([VISITS])
    yield store
    await store.close()


@pytest.mark.integration
async def test_a_killed_server_is_unavailable_and_then_has_everything_again(mortal: Server, remote: MongoStore) -> None:
    await remote.save("visits", [document("a", token="t")])
    mortal.kill()
    with pytest.raises(StoreUnavailable):
        await remote.save("visits", [document("a", 2, token="t")])
    await mortal.start()
    assert await remote.load("visits", ["a"]) == {"a": document("a", token="t")}


@pytest.mark.integration
async def test_a_server_that_hangs_fails_the_ping_within_two_seconds(mortal: Server, remote: MongoStore) -> None:
    mortal.pause()
    begun = monotonic()
    with pytest.raises(StoreUnavailable, match="2 s"):
        await remote.ping()
    assert monotonic() - begun < 4
