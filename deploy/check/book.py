"""The scratch file a check writes its books in, so that its memory does not grow with the log.

One file for the whole check: what must be compared across partitions stays to the end, the events themselves only
while their partition is judged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Self

from shared import heard
from shared.envelope import Envelope

SCHEMA = """
CREATE TABLE events (offset INTEGER PRIMARY KEY, card TEXT, id TEXT, digest BLOB, time_ms INTEGER, type TEXT, time TEXT,
    source TEXT, subject TEXT, causation TEXT, key_id TEXT, decided_by TEXT, signature TEXT, body BLOB, archived TEXT);
CREATE UNIQUE INDEX events_by_id ON events (card, id);
CREATE INDEX events_by_card ON events (card, offset);
CREATE INDEX events_archived ON events (offset) WHERE archived IS NOT NULL;
CREATE TABLE asked (place TEXT PRIMARY KEY, partition INTEGER, offset INTEGER, card TEXT, id TEXT, digest BLOB);
CREATE INDEX asked_by_id ON asked (card, id);
CREATE TABLE entered (card TEXT, id TEXT, digest BLOB, fact TEXT, partition INTEGER);
CREATE INDEX entered_by_id ON entered (card, id);
CREATE TABLE aside (place TEXT, service TEXT, standing TEXT, PRIMARY KEY (place, service)) WITHOUT ROWID;
CREATE TABLE cards (topic TEXT, card TEXT, partition INTEGER, PRIMARY KEY (topic, card)) WITHOUT ROWID;
CREATE TABLE parked (service TEXT, card TEXT, PRIMARY KEY (service, card)) WITHOUT ROWID;
CREATE TABLE references_used (reference TEXT, card TEXT, year INTEGER, id TEXT,
    PRIMARY KEY (reference, card, year)) WITHOUT ROWID;
CREATE TABLE numbers (id TEXT PRIMARY KEY, queue TEXT, number INTEGER, card TEXT, visit TEXT) WITHOUT ROWID;
CREATE INDEX numbers_of_queue ON numbers (queue, number);
CREATE INDEX numbers_of_visit ON numbers (card, visit, queue);
CREATE TABLE tickets (what TEXT, card TEXT, visit TEXT, id TEXT, queue TEXT, number INTEGER,
    PRIMARY KEY (what, card, visit, id)) WITHOUT ROWID;
CREATE TABLE moved (queue TEXT PRIMARY KEY, issued INTEGER, id TEXT) WITHOUT ROWID;
CREATE TABLE apart (id TEXT PRIMARY KEY, cause TEXT, type TEXT, service TEXT, topic TEXT, partition INTEGER,
    offset INTEGER);
CREATE INDEX apart_by_cause ON apart (cause);
CREATE TABLE causes (id TEXT, key TEXT, PRIMARY KEY (id, key)) WITHOUT ROWID;
CREATE TABLE gaps (id TEXT PRIMARY KEY, finding TEXT);
CREATE TABLE carried (card TEXT, other TEXT, year INTEGER, sums TEXT, id TEXT, PRIMARY KEY (card, other, year))
    WITHOUT ROWID;
CREATE TABLE counts (card TEXT, other TEXT, year INTEGER, sums TEXT, id TEXT, PRIMARY KEY (card, other, year))
    WITHOUT ROWID;
CREATE TABLE unsure (card TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE open (request TEXT, wanted TEXT, here INTEGER, finding TEXT);
"""
COLUMNS = (
    "offset, card, id, digest, time_ms, type, time, source, subject, causation, key_id, decided_by, signature, body"
)


class Archived(NamedTuple):
    """What an entry of the archive must be: where its event stands, the digest of what was said, and its type."""

    offset: int
    card: str
    id: str
    digest: str
    type: str


class Book:
    """Opened on a path that is nobody else's; the file is made anew and may be deleted afterwards."""

    def __init__(self, path: Path) -> None:
        self.copies = 0
        self.sql = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -32768", "temp_store = FILE"):
            self.sql.execute(f"PRAGMA {pragma}")
        self.sql.executescript(SCHEMA)
        self.sql.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sql.close()

    def event(self, envelope: Envelope, archived: str | None) -> bytes | None:
        """Enter a record of onecard.events; of a copy, the digest its first one was entered with."""
        row = (
            envelope.offset, envelope.key, envelope.id, heard.digest(envelope), envelope.time_ms, envelope.type,
            envelope.time, envelope.source, envelope.subject, envelope.causation, envelope.key_id,
            envelope.decided_by, envelope.signature, envelope.body, archived,
        )  # fmt: skip
        marks = ", ".join("?" * len(row))
        insert = f"INSERT INTO events ({COLUMNS}, archived) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
        if self.sql.execute(insert, row).rowcount:
            return None
        self.copies += 1
        found = self.sql.execute("SELECT digest FROM events WHERE card = ? AND id = ?", (envelope.key, envelope.id))
        return bytes(found.fetchone()[0])

    def cards(self, topic: str, partition: int) -> Iterator[tuple[str, list[Envelope]]]:
        """The first copies of one partition's events in log order, by card."""
        rows = self.sql.execute(f"SELECT {COLUMNS} FROM events ORDER BY card, offset")  # noqa: S608
        for card, found in groupby((_envelope(row, topic, partition) for row in rows), key=lambda one: one.key):
            yield card, list(found)

    def archived(self) -> Iterator[Archived]:
        """What the archive must have of this partition, in log order."""
        query = "SELECT offset, card, id, archived, type FROM events WHERE archived IS NOT NULL ORDER BY offset"
        return (Archived(*row) for row in self.sql.execute(query))

    def count_archived(self) -> int:
        """How many those are."""
        count: int = self.sql.execute("SELECT count(*) FROM events WHERE archived IS NOT NULL").fetchone()[0]
        return count

    def next_partition(self) -> None:
        """The events are judged."""
        self.sql.execute("DELETE FROM events")

    def put(self, table: str, *rows: Iterable[Any]) -> None:
        """Rows of one of the small tables; one that is there already stays."""
        for row in rows:
            cells = tuple(row)
            marks = ", ".join("?" * len(cells))
            self.sql.execute(f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO NOTHING", cells)  # noqa: S608

    def ask(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query over the small tables."""
        return iter(self.sql.execute(query, values))


def _envelope(row: tuple[Any, ...], topic: str, partition: int) -> Envelope:
    offset, key, id, _, time_ms, type, time, source, subject, causation, key_id, decided_by, signature, body = row
    return Envelope(
        id, type, time, key, body, source, subject, causation, key_id, decided_by, signature, "", topic, partition,
        offset, time_ms,
    )  # fmt: skip
