"""Small calls done where they are asked for, without a visit to the store's thread, as long as the disk is quick."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TypeVar

from shared.adapters.sqlite_file import connect
from shared.adapters.sqlite_transaction import transaction

_Result = TypeVar("_Result")

FEW = 64
"""Documents of one read in place; more are worth a visit to the thread."""
FEW_FOUND = 200
"""The longest page looked for in place. Most have a few documents; a full one takes some milliseconds, once."""
FEW_WRITTEN = 16
"""Documents of one write in place."""
WRITES = 50
"""Writes in place before one goes to the thread, where the file's log is copied into the file when it is long."""
SLOW = 0.02
REST = 10.0


class InPlace:
    """A connection of its own, that waits for nobody and copies no log.

    Two threads that wake each other cost a small call ten times what SQLite takes for it. But whoever does it in place
    stops its event loop meanwhile: after a call of over 20 ms none is tried for ten seconds, nor after one that failed,
    whose reason the thread then finds and says. Where another connection is writing, the thread waits for it.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = monotonic) -> None:
        self._path, self._clock = path, clock
        self._connection: sqlite3.Connection | None = None
        self._not_before = 0.0
        self._writes = 0

    def read(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result | None:
        """What was found, or None where the thread is to read."""
        return self._do("BEGIN", work)

    def write(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result | None:
        """What came of it, on the disk; or None where nothing was written and the thread is to write."""
        self._writes = (self._writes + 1) % WRITES
        return self._do("BEGIN IMMEDIATE", work) if self._writes else None

    def _do(self, begin: str, work: Callable[[sqlite3.Connection], _Result]) -> _Result | None:
        begun = self._clock()
        if begun < self._not_before:
            return None
        try:
            if self._connection is None:
                self._connection = connect(self._path, wait=0, checkpoint=0)
            with transaction(self._connection, begin):
                found = work(self._connection)
        except (sqlite3.Error, OSError) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                self.close()
                self._not_before = begun + REST
            return None
        if self._clock() - begun > SLOW:
            self._not_before = begun + REST
        return found

    def close(self) -> None:
        """Until the next call: whatever has the file's name then is meant."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
