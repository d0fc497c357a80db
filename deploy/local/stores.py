"""A document store that speaks MongoDB's protocol, as a child process: SecantusDB, with every write synced.

It proves the MongoDB adapter where no mongod can be had. It is slow; SQLite is the laptop's store.
"""

import sys
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from deploy.local.addresses import free_ports, listens
from deploy.local.child import Child

PROGRAM = Path(sys.executable).parent / "secantusd-py"


class Store(Child):
    """`url` stays the same through stop, kill and restart. One process per folder."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        own = port or free_ports(1)[0]
        self.url = f"mongodb://127.0.0.1:{own}/?directConnection=true"
        self.port = own
        super().__init__(
            name="store",
            # Without --sync-on-commit it acknowledges what a kill or a power cut still takes away.
            command=[
                *(str(PROGRAM), "--port", str(own), "--storage-path", str(folder.absolute() / "data")),
                *("--sync-on-commit", "--log-level", "WARNING"),
            ],
            log=folder.absolute() / "store.log",
            ready=self.answers,
            address=self.url,
            cwd=folder.absolute(),
        )

    async def answers(self) -> bool:
        await listens(self.port)
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(self.url, serverSelectionTimeoutMS=2_000)
        try:
            return bool((await client.admin.command("ping"))["ok"])
        except PyMongoError:
            return False
        finally:
            client.close()
