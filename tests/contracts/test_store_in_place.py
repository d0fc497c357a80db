"""Small calls of a SQLite store are done in place while the disk is quick, and say what the thread's would."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.adapters.sqlite import SqliteStore
from shared.adapters.sqlite_in_place import FEW, FEW_WRITTEN, REST, SLOW, WRITES, InPlace
from shared.runtime.store import StoreUnavailable
from tests.contracts.conftest import VISITS, document


class Clock:
    """Each read takes `step` seconds."""

    def __init__(self) -> None:
        self.now, self.step = 100.0, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(tmp_path: Path, clock: Clock) -> InPlace:
    return InPlace(tmp_path / "a.sqlite", clock)


@pytest_asyncio.fixture
async def kept(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "visits.sqlite")
    await store.open([VISITS])
    await store.insert("visits", [document(str(n), due=n) for n in range(FEW + 1)])
    yield store
    await store.close()


def one(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT 1").fetchone()[0])


def no_table(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT 1 FROM nothing").fetchone()[0])


def test_while_the_disk_is_quick_every_read_is_done_in_place(place: InPlace) -> None:
    assert [place.read(one) for _ in range(3)] == [1, 1, 1]


def test_after_a_slow_read_the_thread_reads_for_a_while(place: InPlace, clock: Clock) -> None:
    clock.step = SLOW * 1.1
    assert place.read(one) == 1
    clock.step = 0
    assert place.read(one) is None
    clock.now += REST
    assert place.read(one) == 1


def test_after_a_read_that_failed_the_thread_reads_and_says_why(place: InPlace, clock: Clock) -> None:
    assert place.read(no_table) is None
    assert place.read(one) is None
    clock.now += REST
    assert place.read(one) == 1


def test_of_so_many_writes_one_is_the_threads(place: InPlace) -> None:
    assert [place.write(one) for _ in range(WRITES)] == [1] * (WRITES - 1) + [None]


async def test_what_was_just_saved_is_read_in_place(kept: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_visit", None)  # No visit to the thread.
    await kept.save("visits", [document("new", version=1)])
    assert set(await kept.load("visits", ["new", "0", "none"])) == {"new", "0"}
    await kept.save("visits", [document("new", version=2, body=b"two")])
    assert (await kept.load("visits", ["new"]))["new"].body == b"two"


async def test_many_documents_are_read_in_the_thread(kept: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept._in_place, "read", None)
    assert len(await kept.load("visits", [str(n) for n in range(FEW + 1)])) == FEW + 1


async def test_many_documents_are_written_in_the_thread(kept: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept._in_place, "write", None)
    many = [document(f"new-{n}", due=n) for n in range(FEW_WRITTEN + 1)]
    assert await kept.insert("visits", many) == set()
    assert await kept.insert("visits", many) == {one.id for one in many}


async def test_while_somebody_else_writes_the_thread_waits_and_the_next_is_in_place_again(
    kept: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(tmp_path / "visits.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    saving = asyncio.create_task(kept.save("visits", [document("new", version=1)]))
    await asyncio.sleep(0)
    assert not saving.done()
    other.execute("COMMIT")
    other.close()
    assert await saving == set()
    monkeypatch.setattr(kept, "_visit", None)
    assert await kept.save("visits", [document("new", version=2)]) == set()


async def test_the_log_of_a_store_that_is_written_in_place_stays_short(kept: SqliteStore, tmp_path: Path) -> None:
    for n in range(12 * WRITES):
        await kept.save("visits", [document("new", version=n + 1, body=bytes(40_000))])
    assert (tmp_path / "visits.sqlite-wal").stat().st_size < 32 << 20


async def test_a_damaged_file_is_named_with_what_to_do(kept: SqliteStore, tmp_path: Path) -> None:
    await kept.close()
    (tmp_path / "visits.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreUnavailable, match="rebuild its store"):
        await kept.open([VISITS])


async def test_a_closed_store_reads_nothing(kept: SqliteStore) -> None:
    assert await kept.load("visits", ["0"])
    await kept.close()
    with pytest.raises(StoreUnavailable, match="not open"):
        await kept.load("visits", ["0"])
