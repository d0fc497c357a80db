"""What a fold says for elsewhere and meets there, in one scratch file of SQLite: no larger in memory than its cache."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from shared.envelope import Envelope
from shared.runtime.elsewhere import Elsewhere, Met
from shared.runtime.log import Place

SCHEMA = """
CREATE TABLE IF NOT EXISTS said (n INTEGER PRIMARY KEY, service TEXT, id TEXT, digest BLOB, type TEXT, time TEXT,
    key TEXT, body BLOB, source TEXT, subject TEXT, causation TEXT, key_id TEXT, decided_by TEXT, topic TEXT,
    UNIQUE (service, id));
CREATE TABLE IF NOT EXISTS met (service TEXT, topic TEXT, partition INTEGER, offset INTEGER, id TEXT, type TEXT,
    cause TEXT, digest BLOB, PRIMARY KEY (service, id)) WITHOUT ROWID;
"""
SAID = "id, type, time, key, body, source, subject, causation, key_id, decided_by, topic"
MET = "met.topic, met.partition, met.offset, met.id, met.type, met.cause, met.digest"


class SqliteElsewhere(Elsewhere):
    """Opened on a path that is nobody else's, or ":memory:"; `fresh` throws away what is there. The file may be deleted
    afterwards."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        if fresh:
            path.unlink(missing_ok=True)
        self.sql = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16384", "temp_store = FILE"):
            self.sql.execute(f"PRAGMA {pragma}")
        self.sql.executescript(SCHEMA)
        self.sql.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Everything is in the file."""
        self.sql.execute("COMMIT")
        self.sql.close()

    def say(self, service: str, envelope: Envelope, digest: bytes) -> None:
        one = envelope
        self.sql.execute(
            f"INSERT INTO said (service, digest, {SAID}) VALUES (?{', ?' * 12}) ON CONFLICT DO NOTHING",  # noqa: S608
            (service, digest, one.id, one.type, one.time, one.key, one.body, one.source, one.subject, one.causation,
             one.key_id, one.decided_by, one.topic),
        )  # fmt: skip

    def meet(self, service: str, met: Met) -> None:
        row = (service, *met.place, met.offset, met.id, met.type, met.cause, met.digest)
        self.sql.execute("INSERT INTO met VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row)

    def lacking(self, service: str) -> Iterator[Envelope]:
        query = f"""SELECT {SAID} FROM said WHERE service = ? AND NOT EXISTS
            (SELECT 1 FROM met WHERE met.service = said.service AND met.id = said.id) ORDER BY n"""  # noqa: S608
        for row in self.sql.execute(query, (service,)):
            yield Envelope(*row[:-1])._replace(topic=row[-1])

    def other(self, service: str) -> Iterator[Met]:
        query = f"""SELECT {MET} FROM met JOIN said USING (service, id)
            WHERE service = ? AND met.digest != said.digest"""  # noqa: S608
        return self._met(query, service)

    def left(self, service: str) -> Iterator[Met]:
        query = f"""SELECT {MET} FROM met WHERE service = ? AND NOT EXISTS
            (SELECT 1 FROM said WHERE said.service = met.service AND said.id = met.id)"""  # noqa: S608
        return self._met(query, service)

    def absorb(self, path: Path) -> None:
        """What another process wrote down, after what is here."""
        self.sql.execute("COMMIT")
        self.sql.execute("ATTACH ? AS theirs", (str(path),))
        columns = f"service, digest, {SAID}"
        self.sql.execute(f"INSERT OR IGNORE INTO said ({columns}) SELECT {columns} FROM theirs.said ORDER BY n")  # noqa: S608
        self.sql.execute("INSERT OR IGNORE INTO met SELECT * FROM theirs.met")
        self.sql.execute("DETACH theirs")
        self.sql.execute("BEGIN")

    def _met(self, query: str, service: str) -> Iterator[Met]:
        row: tuple[Any, ...]
        for row in self.sql.execute(query, (service,)):
            topic, partition, *rest = row
            yield Met(Place(topic, partition), *rest)
