"""What one transaction on a SQLite file does. Runs in the store's own thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection as Sized
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

from shared.adapters.sqlite_table import Table, quoted
from shared.runtime.store import Document

_IDS_IN_A_QUERY = 500
# While a statement runs, the interpreter is free for the event loop's thread; before each the store's thread has to
# wait for it. So the rows of a whole batch go in one, as far as it takes so many values.
_ROWS_IN_A_STATEMENT = 500


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """All of what is done inside, or nothing of it."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def create(connection: sqlite3.Connection, tables: Sized[Table]) -> None:
    """Create the tables, columns and indexes that are missing."""
    for table in tables:
        connection.execute(table.create)
        name = quoted(table.declared.name)
        there = {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
        for field in table.declared.fields:
            if field not in there:
                connection.execute(f"ALTER TABLE {name} ADD COLUMN {quoted(field)}")
        for index in table.indexes:
            connection.execute(index)


def touch(connection: sqlite3.Connection) -> None:
    """Read as little of the file as shows that it can be read."""
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def load(connection: sqlite3.Connection, table: Table, ids: Sequence[str]) -> dict[str, Document]:
    """The stored documents among `ids`."""
    found = {}
    for first in range(0, len(ids), _IDS_IN_A_QUERY):
        some = ids[first : first + _IDS_IN_A_QUERY]
        for row in connection.execute(f"{table.select} WHERE id IN ({', '.join('?' * len(some))})", some):
            found[row[0]] = table.document(row)
    return found


def insert(connection: sqlite3.Connection, table: Table, documents: Sequence[Document]) -> set[str]:
    """Insert where the id is free; the ids that were taken."""
    last, fresh = connection.execute(table.last).fetchone()[0], uuid4().hex
    # How many were free the statements say. Which ones, only their place in the table says: after the last.
    free = 0
    rows = min(_ROWS_IN_A_STATEMENT, connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // table.width)
    for first in range(0, len(documents), rows):
        some = documents[first : first + rows]
        values = [value for document in some for value in table.inserted(document, fresh)]
        free += connection.execute(table.inserts(len(some)), values).rowcount
    if free == len(documents):
        return set()
    inserted = {id_ for (id_,) in connection.execute(table.after, (last,))}
    return {document.id for document in documents if document.id not in inserted}


def save(connection: sqlite3.Connection, table: Table, documents: Sequence[Document]) -> set[str]:
    """Write where the version before is stored, or nothing for version 1; the ids that another save was first with."""
    # One execute per document says which of them matched, and is as fast here as executemany, which only counts.
    missed, fresh = {}, uuid4().hex
    for document in documents:
        if document.version == 1:
            done = connection.execute(table.insert, table.inserted(document, fresh))
        else:
            done = connection.execute(table.update, table.updated(document, fresh))
        if not done.rowcount:
            missed[document.id] = document
    stored = load(connection, table, list(missed))
    # A document whose caller gave it no token is like no stored one: those all have theirs.
    return {id_ for id_, mine in missed.items() if not _is_own(mine, stored.get(id_))}


def _is_own(mine: Document, stored: Document | None) -> bool:
    return stored is not None and (stored.version, stored.token) == (mine.version, mine.token)
