"""Small reads done where they are asked for, without a visit to the store's thread, as long as the disk is quick."""

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
SLOW = 0.02
REST = 10.0


class ReadingInPlace:
    """A connection of its own, that waits for nobody.

    Two threads that wake each other cost a small read ten times what SQLite takes for it. But whoever reads in place
    stops its event loop meanwhile: after a read of over 20 ms none is tried for ten seconds, nor after one that failed,
    whose reason the thread then finds and says.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = monotonic) -> None:
        self._path, self._clock = path, clock
        self._connection: sqlite3.Connection | None = None
        self._not_before = 0.0

    def read(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result | None:
        """What was found, or None where the thread is to read."""
        begun = self._clock()
        if begun < self._not_before:
            return None
        try:
            self._connection = self._connection or connect(self._path, wait=0)
            with transaction(self._connection, "BEGIN"):
                found = work(self._connection)
        except (sqlite3.Error, OSError):
            self.close()
            self._not_before = begun + REST
            return None
        if self._clock() - begun > SLOW:
            self._not_before = begun + REST
        return found

    def close(self) -> None:
        """Until the next read: whatever has the file's name then is read."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
