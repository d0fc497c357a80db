"""SecantusDB in a container, with users: the stand-in for MongoDB where none can be had. It proves no speed.

Who may be asked for a name must have been given one first, so an empty store is opened once without users.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

DATA = Path("/data/db")
PASSWORD = Path("/run/secrets/admin.password")
COMMAND = ["secantusd-py", "--host", "0.0.0.0", "--port", "27017", "--storage-path", str(DATA / "data")]
COMMAND += ["--sync-on-commit", "--log-level", "WARNING"]
DECLARED = DATA / "declared"


def declare_admin() -> None:
    """Start it open, give it its first user, end it."""
    server = subprocess.Popen(COMMAND)
    with MongoClient[dict[str, object]]("mongodb://127.0.0.1:27017/?directConnection=true") as client:
        for _ in range(300):
            try:
                client.admin.command("ping")
                break
            except PyMongoError:
                time.sleep(0.1)
        word = PASSWORD.read_text(encoding="utf-8").strip()
        client.admin.command("createUser", "admin", pwd=word, roles=[{"role": "root", "db": "admin"}])
    server.terminate()
    server.wait()
    DECLARED.touch()


if __name__ == "__main__":
    if not DECLARED.exists():
        declare_admin()
    os.execvp(COMMAND[0], [*COMMAND, "--auth"])
