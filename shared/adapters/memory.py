"""A store in memory, for laws and simulation: the same laws as the durable ones, and failures on demand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Collection as Sized
from typing import Any

from shared.adapters.declared import Declared, declare
from shared.runtime.store import MOST_COUNTED, Collection, Document, Index, IndexValue, StoreUnavailable

Failure = Callable[[str, bool], None]


class MemoryStore:
    """Documents in dicts. Closing keeps them, as a disk would; opening again finds them.

    `fail` injects failures. An exception is raised before every call takes effect. A callable gets the method's
    name, and False before it takes effect, True after: raising after makes an outcome the caller can't know.
    """

    def __init__(self) -> None:
        self.fail: BaseException | Failure | None = None
        self._tables: dict[str, _Table] = {}
        self._declared: dict[str, Declared] = {}
        self._is_open = False

    async def open(self, collections: Sequence[Collection]) -> None:
        self._meet("open", False)
        self._declared |= declare(collections)
        for name in self._declared:
            self._tables[name] = _table(self._declared[name], self._tables.get(name))
        self._is_open = True

    async def close(self) -> None:
        self._is_open = False

    async def ping(self) -> None:
        self._reach("ping")

    async def load(self, collection: str, ids: Sized[str]) -> dict[str, Document]:
        self._reach("load")
        documents = self._tables[collection].documents
        return {id_: documents[id_] for id_ in ids if id_ in documents}

    async def insert(self, collection: str, documents: Sequence[Document]) -> set[str]:
        self._reach("insert")
        table = self._tables[collection]
        admitted = self._declared[collection].admit(documents)
        taken = {document.id for document in admitted if document.id in table.documents}
        for document in admitted:
            if document.id not in taken:
                table.put(document)
        self._meet("insert", True)
        return taken

    async def save(self, collection: str, documents: Sequence[Document]) -> set[str]:
        self._reach("save")
        table = self._tables[collection]
        lost = set()
        for document in self._declared[collection].admit(documents):
            stored = table.documents.get(document.id)
            if (stored.version if stored else 0) == document.version - 1:
                table.put(document)
            elif stored is None or (stored.version, stored.token) != (document.version, document.token):
                lost.add(document.id)
        self._meet("save", True)
        return lost

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
        self._reach("find")
        self._declared[collection].index(index, equals)
        table = self._tables[collection]
        entries = table.entries.get((index, *equals), [])
        first = 0 if since is None else bisect_left(entries, (since, ""))
        last = len(entries) if until is None else bisect_left(entries, (until, ""))
        match after:
            case None:
                pass
            case _ if descending:
                last = min(last, bisect_left(entries, after))
            case _:
                first = max(first, bisect_right(entries, after))
        size = max(0, min(limit, last - first))
        page = entries[last - size : last][::-1] if descending else entries[first : first + size]
        return [table.documents[id_] for _, id_ in page]

    async def count(
        self, collection: str, index: str, equals: Sequence[IndexValue] = (), *, limit: int = MOST_COUNTED
    ) -> int:
        self._reach("count")
        self._declared[collection].index(index, equals)
        return min(limit, len(self._tables[collection].entries.get((index, *equals), [])))

    def snapshot(self) -> Mapping[str, _Table]:
        """All documents as they are now. Documents are immutable, so a copy costs a few dictionary copies."""
        return {name: table.copy() for name, table in self._tables.items()}

    def restore(self, snapshot: Mapping[str, _Table]) -> None:
        """Go back to a snapshot, which stays good for another time."""
        self._tables = {name: table.copy() for name, table in snapshot.items()}

    def _reach(self, call: str) -> None:
        if not self._is_open:
            raise StoreUnavailable("the store is not open")
        self._meet(call, False)

    def _meet(self, call: str, done: bool) -> None:
        if isinstance(self.fail, BaseException):
            if not done:
                raise self.fail
        elif self.fail is not None:
            self.fail(call, done)


class _Table:
    """Documents by id, and per index and equal values the sorted list of (last field, id)."""

    def __init__(self, indexes: Sequence[Index]) -> None:
        self.indexes = indexes
        self.documents: dict[str, Document] = {}
        # Any: one list holds values of one type, text or integers, which its declared field alone can tell.
        self.entries: dict[tuple[IndexValue, ...], list[Any]] = {}

    def copy(self) -> _Table:
        other = _Table(self.indexes)
        other.documents = self.documents.copy()
        other.entries = {key: entries.copy() for key, entries in self.entries.items()}
        return other

    def put(self, document: Document) -> None:
        before = self.documents.get(document.id)
        self.documents[document.id] = document
        if before is not None and before.index == document.index:
            return
        if before is not None:
            for key, entry in self._entries_of(before):
                entries = self.entries[key]
                del entries[bisect_left(entries, entry)]
        for key, entry in self._entries_of(document):
            insort(self.entries.setdefault(key, []), entry)

    def _entries_of(self, document: Document) -> list[tuple[tuple[IndexValue, ...], Any]]:
        values = {index.name: [document.index.get(field) for field in index.fields] for index in self.indexes}
        return [((name, *row[:-1]), (row[-1], document.id)) for name, row in values.items() if None not in row]


def _table(declared: Declared, before: _Table | None) -> _Table:
    indexes = tuple(declared.indexes.values())
    if before is not None and before.indexes == indexes:
        return before
    table = _Table(indexes)
    for document in before.documents.values() if before else ():
        table.put(document)
    return table
