"""A disk of its own for a child process, small enough to be filled: a tmpfs in a mount namespace, which needs no root.

The child sees it at `disk`; everybody else reaches it through the child's /proc/<pid>/root.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from deploy.local.child import Child

MEBIBYTES = 48
MOUNT = f"""
mount -t tmpfs -o size={MEBIBYTES}m none "$1"
cp "$2"/"$3"* "$1"
shift 3
exec setpriv --pdeathsig KILL "$@"
"""


async def move(child: Child, store: Path, service: str, disk: Path) -> None:
    """Stop a service, and start it with what it keeps on a small disk. What it keeps there ends with the process."""
    await child.stop()
    disk.mkdir()
    shell = ("unshare", "--map-root-user", "--mount", "sh", "-euc", MOUNT, "sh")
    child.command = [*shell, str(disk), str(store), service, *child.command]
    child.environment = {**child.environment, "ONECARD_STORE": f"sqlite:{disk}"}
    await child.start()


def fill(child: Child, disk: Path) -> None:
    """Not a byte is free afterwards."""
    with _ballast(child, disk).open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)


def clear(child: Child, disk: Path) -> None:
    """There is room again."""
    _ballast(child, disk).unlink()


def _ballast(child: Child, disk: Path) -> Path:
    return Path(f"/proc/{child.pid}/root{disk}") / "ballast"
