"""What is running here: addresses that `onecard up` or `onecard prepare` leaves in its folder for other commands."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.local.jars import CHECKOUT
from deploy.local.secured import kafka_access, store_told
from shared.adapters.kafka_access import KafkaAccess
from shared.readers import OPERATOR

FOLDER = CHECKOUT / ".onecard" / "local"
NAME = "here.json"
ELSEWHERE = 0
"""In place of a process that can be looked for: the platform is a deployment, which outlives whoever describes it."""


class NothingRunsError(RuntimeError):
    """No platform runs in this folder."""


@dataclass(frozen=True)
class Here:
    """A running platform: broker, store, and the address of each service."""

    kafka: str
    store: str
    urls: dict[str, str]
    folder: str
    zipkin: str = ""
    trace_ratio: float = 0.01
    secured: bool = False
    pid: int = field(default_factory=os.getpid)

    def access(self, user: str) -> KafkaAccess:
        """How to speak to the broker as one of its users; as anybody, where it has none."""
        return kafka_access(self.kafka, self.secrets, user, secured=self.secured)

    def store_of(self, service: str) -> str:
        """The address of one service's store; with its password, where it has one."""
        file = store_told(self.store, self.secrets, service, secured=self.secured).get("ONECARD_STORE_FILE")
        return Path(file).read_text(encoding="utf-8").strip() if file else self.store

    def token(self, reader: str = OPERATOR) -> str:
        """What a reader shows the services; empty where they ask for nothing."""
        file = self.secrets / "readers" / f"{reader}.token"
        return file.read_text(encoding="utf-8").strip() if file.exists() else ""

    @property
    def shows(self) -> dict[str, str]:
        """The same as the headers of an operator's calls."""
        return {"Authorization": f"Bearer {token}"} if (token := self.token()) else {}

    @property
    def reference(self) -> Path:
        return Path(self.folder) / "reference"

    @property
    def secrets(self) -> Path:
        return Path(self.folder) / "secrets"


def here(folder: Path = FOLDER) -> Here:
    """The platform that runs in this folder; NothingRunsError says how to start one."""
    path = folder / NAME
    if path.exists():
        found = Here(**json.loads(path.read_text()))
        if _alive(found.pid):
            return found
    raise NothingRunsError("nothing is running here; start it with `onecard up` in another terminal")


@contextmanager
def announced(running: Here) -> Iterator[None]:
    """Leave the addresses for the other commands, for as long as the block lasts.

    Only this user may read them: the store's may carry a password.
    """
    path = Path(running.folder) / NAME
    # Whoever left a file behind may have opened it to others, and a file keeps its rights when it is written again.
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(json.dumps(asdict(running), indent=2) + "\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    if pid == ELSEWHERE:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
