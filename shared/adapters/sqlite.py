"""A store in one SQLite file per service: the embedded default, durable at every call, no server.

Each call is one transaction and one visit to the store's own thread, whatever its size; what reads or writes a few
documents by their ids makes no visit at all. (aiosqlite visits its thread once per statement; a visit costs as much as
reading thirty documents, and far more where all cores are busy.)
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from collections.abc import Collection as Sized
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from shared.adapters.declared import declare
from shared.adapters.sqlite_file import connect, erase, told
from shared.adapters.sqlite_in_place import FEW, FEW_FOUND, FEW_WRITTEN, InPlace
from shared.adapters.sqlite_table import Table, table_of
from shared.adapters.sqlite_transaction import create, insert, load, save, touch, transaction
from shared.runtime.store import MOST_COUNTED, Collection, Document, IndexValue, StoreUnavailable

_Result = TypeVar("_Result")
Write = Callable[[sqlite3.Connection, Table, Sequence[Document]], set[str]]
_PING_SECONDS = 2


class SqliteStore:
    """Several processes may open the same file; a writer waits up to five seconds for another.

    `fresh` empties the file when it is first opened: what a rebuild writes into.
    """

    def __init__(self, path: str | Path, *, fresh: bool = False) -> None:
        self._path = Path(path)
        self._fresh = fresh
        self._tables: dict[str, Table] = {}
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._in_place = InPlace(self._path)

    async def open(self, collections: Sequence[Collection]) -> None:
        tables = {name: table_of(declared) for name, declared in declare(collections).items()}
        was_open = self._thread is not None
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix=f"sqlite-{self._path.stem}")
        try:
            await self._visit(lambda: self._create(tables))
        except BaseException:
            if not was_open:
                await self.close()
            raise
        self._tables |= tables

    async def close(self) -> None:
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        self._in_place.close()
        await asyncio.get_running_loop().run_in_executor(thread, self._disconnect)
        thread.shutdown(wait=False)

    async def ping(self) -> None:
        try:
            await asyncio.wait_for(self._read(touch), _PING_SECONDS)
        except TimeoutError:
            late = f"{self._path.name} did not answer within {_PING_SECONDS} s; check whether the disk is stuck"
            raise StoreUnavailable(late) from None

    async def load(self, collection: str, ids: Sized[str]) -> dict[str, Document]:
        table, wanted = self._table(collection), list(ids)
        if not wanted:
            return {}
        found = self._in_place.read(lambda connection: load(connection, table, wanted)) if len(wanted) <= FEW else None
        if found is not None:
            return found
        return await self._read(lambda connection: load(connection, table, wanted))

    async def insert(self, collection: str, documents: Sequence[Document]) -> set[str]:
        return await self._write_all(insert, collection, documents)

    async def save(self, collection: str, documents: Sequence[Document]) -> set[str]:
        return await self._write_all(save, collection, documents)

    async def find(
        self,
        collection: str,
        index: str,
        equals: Sequence[IndexValue] = (),
        *,
        since: IndexValue = None,
        until: IndexValue = None,
        after: tuple[IndexValue, str] | None = None,
        descending: bool = False,
        limit: int = 100,
    ) -> list[Document]:
        table = self._table(collection)
        named = table.declared.index(index, equals)
        query, values = table.find(
            named, equals, since=since, until=until, after=after, descending=descending, limit=limit
        )

        def work(connection: sqlite3.Connection) -> list[Document]:
            return [table.document(row) for row in connection.execute(query, values)]

        found = self._in_place.read(work) if limit <= FEW_FOUND else None
        return await self._read(work) if found is None else found

    async def count(
        self, collection: str, index: str, equals: Sequence[IndexValue] = (), *, limit: int = MOST_COUNTED
    ) -> int:
        table = self._table(collection)
        query, values = table.count(table.declared.index(index, equals), equals, limit)
        return int(await self._read(lambda connection: connection.execute(query, values).fetchone()[0]))

    def _table(self, collection: str) -> Table:
        if self._thread is None:
            raise StoreUnavailable(f"{self._path.name} is not open")
        return self._tables[collection]

    async def _read(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        return await self._visit(lambda: self._transact("BEGIN", work))

    async def _write_all(self, write: Write, collection: str, documents: Sequence[Document]) -> set[str]:
        table = self._table(collection)
        table.declared.check(documents)

        def work(connection: sqlite3.Connection) -> set[str]:
            return write(connection, table, documents)

        lost = self._in_place.write(work) if len(documents) <= FEW_WRITTEN else None
        if lost is not None:
            return lost
        return await self._visit(lambda: self._transact("BEGIN IMMEDIATE", work))

    async def _visit(self, work: Callable[[], _Result]) -> _Result:
        if self._thread is None:
            raise StoreUnavailable(f"{self._path.name} is not open")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except StoreUnavailable:
            self._in_place.close()
            raise

    # What follows runs in the store's thread.

    def _transact(self, begin: str, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        try:
            with told(self._path):
                self._connection = self._connection or connect(self._path)
                with transaction(self._connection, begin):
                    return work(self._connection)
        except StoreUnavailable:
            # The file may have been moved, or its disk replaced: look at it anew next time.
            self._disconnect()
            raise

    def _create(self, tables: dict[str, Table]) -> None:
        if self._fresh:
            erase(self._path)
            self._fresh = False
        self._transact("BEGIN IMMEDIATE", lambda connection: create(connection, tables.values()))

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
