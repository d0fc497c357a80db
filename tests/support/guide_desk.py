"""guide over a store as its runtime keeps it, and a reader of its server-sent events on a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial, reduce
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from services.guide.api import router
from services.guide.pace import Pace
from services.guide.service import SERVICE
from shared.events import Event
from shared.runtime.changes import Changes
from shared.runtime.documents import STREAMS, Kept, collection, encode, state_of
from shared.runtime.store import Store
from shared.step import Stream
from tests.support.spec import CARD, START, VISIT

QUICK = Pace(poll_visit=0.05, poll_desk=0.05, heartbeat=0.1, gather=0.0, rest=0.0)
PATIENT = Pace(poll_visit=60, poll_desk=60, heartbeat=60)


class Guide:
    """One open store of guide, written as the runtime writes it. `tells`: whether listeners here hear of a save."""

    def __init__(self, store: Store, pace: Pace, *, whole: bool = False) -> None:
        self.store, self.changes = store, Changes(lambda: whole)
        self.now = START
        decode = partial(state_of, SERVICE)
        self.app = FastAPI()
        self.app.include_router(router(store, self.changes, decode, now=lambda: self.now, pace=pace))
        self.kept: dict[tuple[str, str], Kept[Any]] = {}

    async def hear(self, *events: Event, card: str = CARD, visit: str = VISIT.id, tells: bool = True) -> None:
        """Fold these events into one visit and save it once."""
        before = self.kept.get((card, visit)) or Kept(card, visit, 0, Stream(SERVICE.initial))
        kept = replace(before, stream=Stream(reduce(SERVICE.evolve, events, before.stream.state)))
        document = encode(SERVICE, kept, "")
        assert await self.store.save(STREAMS, [document]) == set()
        self.kept[card, visit] = replace(kept, version=document.version)
        if tells:
            self.changes.tell([document.id, *(value for value in document.index.values() if isinstance(value, str))])

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        """One answer, without a socket."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://guide") as client:
            return await client.get(path, params=parameters)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client of guide on a free port of the loopback."""
        listening = socket.create_server(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            self.app, log_level="error", ws="none", lifespan="off", timeout_graceful_shutdown=1, access_log=False
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listening]))
        try:
            async with httpx.AsyncClient(base_url=address, timeout=10) as client:
                yield client
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def opened(store: Store, pace: Pace, *, whole: bool = False) -> AsyncIterator[Guide]:
    """Guide over this store, open as its service would open it."""
    await store.open([collection(SERVICE)])
    try:
        yield Guide(store, pace, whole=whole)
    finally:
        await store.close()


class Events:
    """The server-sent events of one response, in order; comments are counted and passed over."""

    def __init__(self, response: httpx.Response) -> None:
        self.comments = 0
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, str, Any]:
        """The next event: its id, its name, its data."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(10):
            async for line in self._lines:
                if line.startswith(":"):
                    self.comments += 1
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    return fields.get("id", ""), fields["event"], json.loads(fields["data"])
        raise EOFError("the stream ended")

    async def comment(self) -> None:
        """Wait for the next comment."""
        async with asyncio.timeout(10):
            async for line in self._lines:
                if line.startswith(":"):
                    return
        raise EOFError("the stream ended")
