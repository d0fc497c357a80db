"""A TCP proxy that is slow, or swallows everything: what is between two processes on a bad day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """`delay` seconds before anything goes on; nothing goes on while it is `mute`. Both may change at any time."""

    port: int
    delay: float = 0.0
    mute: bool = False
    address: str = field(init=False, default="")

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while some := await reader.read(65536):
                await asyncio.sleep(self.delay)
                if not self.mute:
                    writer.write(some)
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def proxy(port: int = 0, *, mute: bool = False) -> AsyncIterator[Proxy]:
    """In front of a port on the loopback; of nothing at all when it is mute from the beginning."""
    between = Proxy(port, mute=mute)
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not between.port:
            await between.carry(reader, writer)
            return
        there, here = await asyncio.open_connection("127.0.0.1", between.port)
        for way in (between.carry(reader, here), between.carry(there, writer)):
            tasks.add(task := asyncio.create_task(way))
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    between.address = "{}:{}".format(*server.sockets[0].getsockname())
    try:
        yield between
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
