"""The demo's roster: which resident shows which code. A SQLite file of the demo's own; no service reads it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

from deploy.demo.residents import Resident
from shared.health_card import CardKey, CardNumber, dynamic_code, static_code

SCHEMA = """
CREATE TABLE IF NOT EXISTS residents (
    key TEXT PRIMARY KEY, number TEXT NOT NULL, name TEXT NOT NULL, sex TEXT NOT NULL, born TEXT NOT NULL
) WITHOUT ROWID
"""


class Roster:
    """Residents by card key, in the order of their keys. Readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._path = path
        with closing(self._open()) as database, database:
            database.execute(SCHEMA)

    def write(self, residents: Iterable[Resident]) -> None:
        """Keep these residents too; one that is there already stays as it is."""
        rows = ((one.key, one.number.reveal(), one.name, one.sex, one.born.isoformat()) for one in residents)
        with closing(self._open()) as database, database:
            database.executemany("INSERT OR IGNORE INTO residents VALUES (?, ?, ?, ?, ?)", rows)

    def __iter__(self) -> Iterator[Resident]:
        with closing(self._open()) as database:
            found = database.execute("SELECT * FROM residents ORDER BY key").fetchall()
        return map(_resident, found)

    def find(self, key: str) -> Resident | None:
        """The resident of a card key."""
        with closing(self._open()) as database:
            row = database.execute("SELECT * FROM residents WHERE key = ?", (key,)).fetchone()
        return _resident(row) if row else None

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path)


def static_qr(resident: Resident) -> str:
    """What the resident's printed code says."""
    return static_code(resident.number)


def dynamic_qr(resident: Resident, at: datetime, protection_key: bytes) -> str:
    """What the resident's phone shows at that moment."""
    return dynamic_code(resident.number, at, protection_key)


def _resident(row: tuple[str, str, str, str, str]) -> Resident:
    key, number, name, sex, born = row
    return Resident(name, sex, date.fromisoformat(born), CardNumber(number), CardKey(key))
