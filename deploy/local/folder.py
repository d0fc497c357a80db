"""The data folder of a local platform, for one run at a time."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUseError(RuntimeError):
    """Another run works in this folder; two on the same data would destroy it."""


@contextmanager
def taken(folder: Path, *, fresh: bool) -> Iterator[None]:
    """Hold the folder, emptied first if `fresh`. The lock lies beside it and ends with this process."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(f"another run works in {folder}") from None
        if fresh and folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(exist_ok=True)
        yield
