"""Which store an address means: the one place that knows all three."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from shared.adapters.memory import MemoryStore
from shared.adapters.sqlite import SqliteStore
from shared.adapters.sqlite_file import exchange
from shared.runtime.store import Store

_SERVICE = re.compile(r"[a-z][a-z0-9_-]{0,40}")


def open_store(url: str, service: str, *, scratch: bool = False) -> Store:
    """The store of one service, not opened yet. `scratch` is the empty one a rebuild writes into, beside the live one.

    `sqlite:<folder>` is the file `<folder>/<service>.sqlite`; `mongodb://…` the database `onecard_<service>` of that
    deployment; `memory:` a new store of this process at each call. ValueError for any other address, which is not
    shown, since it may carry a password.
    """
    if not _SERVICE.fullmatch(service):
        raise ValueError(f"{service!r} can't name a service's database")
    match _scheme(url):
        case "memory":
            return MemoryStore()
        case "sqlite":
            return SqliteStore(_file(url, service, scratch=scratch), fresh=scratch)
        case _:
            # The driver takes 0.3 s to import, which a process on SQLite need not spend.
            from shared.adapters.mongo import MongoStore  # noqa: PLC0415

            return MongoStore(url, database(service), scratch=scratch)


async def exchange_store(url: str, service: str) -> None:
    """Put the finished scratch store in place of the live one. Neither may be open: stop the service first.

    After a crash, do it again. LookupError when there is no scratch store (so also when all is done already);
    ValueError for a store in memory, whose snapshot can be restored instead.
    """
    match _scheme(url):
        case "memory":
            raise ValueError("a store in memory is not exchanged; restore a snapshot of the other one")
        case "sqlite":
            live, scratch = (_file(url, service, scratch=scratch) for scratch in (False, True))
            await asyncio.to_thread(exchange, scratch, live)
        case _:
            from shared.adapters.mongo import exchange as exchange_collections  # noqa: PLC0415

            await exchange_collections(url, database(service))


def _scheme(url: str) -> str:
    scheme, _, rest = url.partition(":")
    if scheme not in {"memory", "sqlite", "mongodb", "mongodb+srv"} or (scheme == "sqlite" and not rest):
        raise ValueError("a store is sqlite:<folder>, mongodb://<host>:<port>/ or memory:")
    return scheme


def _file(url: str, service: str, *, scratch: bool) -> Path:
    return Path(url.removeprefix("sqlite:")) / f"{service}{'.rebuild' if scratch else ''}.sqlite"


def database(service: str) -> str:
    """The name of a service's database, where the store has names."""
    return f"onecard_{service}"
