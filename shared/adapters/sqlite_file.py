"""One SQLite file as a whole: how it is connected to, what its errors mean, and how another takes its place."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage
from time import monotonic, sleep

from shared.runtime.store import StoreUnavailable

_BUSY_SECONDS = 5.0
# Pages of 4 KiB in the log before they are copied into the file: with 4,000 a save costs two thirds of what the
# default of 1,000 makes it cost.
_CHECKPOINT_PAGES = 4_000
# Pages each connection keeps. The system keeps the file's others, once for all connections, and gives them up when
# memory is short; these it can't.
_CACHE_KIB = 2_048
_LEAST_FREE = 64 * 1024

_ADVICE = {
    sqlite3.SQLITE_BUSY: "another process holds it; end that process, or wait for it",
    sqlite3.SQLITE_LOCKED: "another connection holds it; end that process, or wait for it",
    sqlite3.SQLITE_NOMEM: "there is no memory left; free some",
    sqlite3.SQLITE_READONLY: "it can't be written; check the owner and rights of the file and its folder",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write; check the disk",
    sqlite3.SQLITE_CORRUPT: "it is damaged; stop the service and rebuild its store from the log",
    sqlite3.SQLITE_NOTADB: "it is no database; stop the service and rebuild its store from the log",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened; check that its folder exists and its rights",
    sqlite3.SQLITE_PROTOCOL: "too many processes open it at once; wait",
}


def connect(path: Path, wait: float = _BUSY_SECONDS, checkpoint: int = _CHECKPOINT_PAGES) -> sqlite3.Connection:
    """A connection whose every commit is on the disk before it returns. Its folder is made if it is missing; for other
    processes it waits so many seconds. Where the log has so many pages, a commit copies it into the file (0: never).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        _keep_log(connection, wait)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {checkpoint}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the file or its disk did into StoreUnavailable, saying what to do. An error of ours stays an error."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        advice = _ADVICE.get(_code(error, path))
        if advice is None:
            raise
        raise StoreUnavailable(f"{path.name}: {advice}") from error
    except OSError as error:
        raise StoreUnavailable(f"{path.name}: {error.strerror}; check the disk and the rights") from error


def _code(error: sqlite3.DatabaseError, path: Path) -> int:
    """What it failed for. Without room for its index of the log, SQLite says only that reading or writing failed."""
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _is_full(path.parent):
        return sqlite3.SQLITE_FULL
    return code


def _is_full(folder: Path) -> bool:
    try:
        return disk_usage(folder).free < _LEAST_FREE
    except OSError:
        return False


def exchange(scratch: Path, live: Path) -> None:
    """Put the freshly built file in place of the live one, at one instant. Neither may be open anywhere.

    A crash at any point leaves the old file whole or the new one in place; do it again then. LookupError when there
    is no scratch file, so also when it has been exchanged already; StoreUnavailable when one of them is still open.
    """
    if not scratch.exists():
        raise LookupError(f"there is no {scratch.name} to put in place; rebuild first")
    with told(scratch):
        _fold_log(scratch)
    # The old log must be gone before the new file has the name: SQLite would play it into the new file.
    with told(live):
        try:
            if live.exists():
                _fold_log(live)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise
        _unlink(_leftovers(live))
        scratch.replace(live)
        _sync_folder(live.parent)


def erase(path: Path) -> None:
    """Remove the file and what belongs to it."""
    with told(path):
        _unlink([path, *_leftovers(path)])


def _keep_log(connection: sqlite3.Connection, wait: float) -> None:
    # Who opens a new file first changes its mode, and for this one statement SQLite itself does not wait for others.
    end = monotonic() + wait
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > end:
                raise
            sleep(0.01)
        else:
            return


def _fold_log(path: Path) -> None:
    # Leaving WAL mode needs the file to itself, writes the whole log into it, syncs it and removes the log.
    connection = sqlite3.connect(path, timeout=1.0, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()


def _leftovers(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")]


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
