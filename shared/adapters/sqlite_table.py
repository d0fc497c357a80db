"""The SQL of one collection: a table with a column per index field, and a partial index per declared index. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.adapters.declared import Declared
from shared.runtime.store import Document, Index, IndexValue


@dataclass(frozen=True, slots=True)
class Table:
    """Statements for one collection, and how many values a row has. Index columns have no type, so text and integers
    are kept as they are."""

    declared: Declared
    width: int
    create: str
    indexes: tuple[str, ...]
    row: str
    insert: str
    update: str
    select: str
    last: str
    after: str

    def inserts(self, rows: int) -> str:
        """`insert` for so many rows at once."""
        head, row, tail = self.insert.partition(self.row)
        return head + ", ".join([row] * rows) + tail

    def inserted(self, document: Document, fresh: str) -> tuple[Any, ...]:
        """What `insert` takes; `fresh` is the token where the caller gave none."""
        return (document.id, *self._written(document, fresh))

    def updated(self, document: Document, fresh: str) -> tuple[Any, ...]:
        """What `update` takes; it touches a row only where the version before this one is stored."""
        return (*self._written(document, fresh), document.id, document.version - 1)

    def document(self, row: tuple[Any, ...]) -> Document:
        """The document a row of `select` holds."""
        pairs = zip(self.declared.fields, row[4:], strict=True)
        index = {field: value for field, value in pairs if value is not None}
        return Document(row[0], row[1], row[3], index, row[2])

    def find(
        self,
        index: Index,
        equals: Sequence[IndexValue],
        *,
        since: IndexValue,
        until: IndexValue,
        after: tuple[IndexValue, str] | None,
        descending: bool,
        limit: int,
    ) -> tuple[str, list[IndexValue]]:
        """One query that reads nothing but its page from the index, and what it takes."""
        last = quoted(index.fields[-1])
        terms = [f"{quoted(field)} = ?" for field in index.fields[:-1]] + [f"{last} IS NOT NULL"]
        values = list(equals)
        if since is not None:
            terms.append(f"{last} >= ?")
            values.append(since)
        if until is not None:
            terms.append(f"{last} < ?")
            values.append(until)
        if after is not None:
            terms.append(f"({last}, id) {'<' if descending else '>'} (?, ?)")
            values.extend(after)
        way = "DESC" if descending else "ASC"
        where = f" INDEXED BY {_index_name(self.declared.name, index)} WHERE {' AND '.join(terms)}"
        return f"{self.select}{where} ORDER BY {last} {way}, id {way} LIMIT {max(0, limit)}", values

    def count(self, index: Index, equals: Sequence[IndexValue], limit: int) -> tuple[str, list[IndexValue]]:
        """One query over the index alone that stops counting at the limit."""
        terms = [f"{quoted(field)} = ?" for field in index.fields[:-1]] + [f"{quoted(index.fields[-1])} IS NOT NULL"]
        named = f"{quoted(self.declared.name)} INDEXED BY {_index_name(self.declared.name, index)}"
        return f"SELECT count(*) FROM (SELECT 1 FROM {named} WHERE {' AND '.join(terms)} LIMIT {limit})", list(equals)  # noqa: S608

    def _written(self, document: Document, fresh: str) -> tuple[Any, ...]:
        index = map(document.index.get, self.declared.fields)
        return (document.version, document.token or fresh, document.body, *index)


def table_of(declared: Declared) -> Table:
    """The statements for a declared collection."""
    name, fields = quoted(declared.name), [quoted(field) for field in declared.fields]
    columns = ["version", "token", "body", *fields]
    sets = ", ".join(f"{column} = ?" for column in columns)
    row = f"({', '.join('?' * (len(columns) + 1))})"
    fixed = ["id TEXT PRIMARY KEY", "version INTEGER NOT NULL", "token TEXT NOT NULL", "body BLOB NOT NULL"]
    # Declared names are letters, digits, - and _ only; everything else is a parameter. A statement that fails ends its
    # whole transaction, as it would be ended anyway: else SQLite keeps a journal of each statement of many rows, which
    # costs as much as the rows.
    return Table(
        declared,
        width=len(columns) + 1,
        create=f"CREATE TABLE IF NOT EXISTS {name} ({', '.join([*fixed, *fields])})",
        indexes=tuple(_create_index(declared.name, index) for index in declared.indexes.values()),
        row=row,
        insert=f"INSERT OR ROLLBACK INTO {name} (id, {', '.join(columns)}) VALUES {row} ON CONFLICT (id) DO NOTHING",  # noqa: S608
        update=f"UPDATE {name} SET {sets} WHERE id = ? AND version = ?",  # noqa: S608
        select=f"SELECT id, {', '.join(columns)} FROM {name}",  # noqa: S608
        last=f"SELECT coalesce(max(rowid), 0) FROM {name}",  # noqa: S608
        after=f"SELECT id FROM {name} WHERE rowid > ?",  # noqa: S608
    )


def quoted(name: str) -> str:
    """A declared name as SQL takes it, though it be a word of SQL."""
    return f'"{name}"'


def _create_index(collection: str, index: Index) -> str:
    fields = [quoted(field) for field in index.fields]
    there = " AND ".join(f"{field} IS NOT NULL" for field in fields)
    name = _index_name(collection, index)
    return f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(collection)} ({', '.join(fields)}, id) WHERE {there}"


def _index_name(collection: str, index: Index) -> str:
    # The fields are the name: an index declared with other fields under its old name is then another index.
    return quoted(f"{collection}:{','.join(index.fields)}")
