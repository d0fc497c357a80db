"""The wire between one service and the brokers: a TCP proxy for each broker, which can be cut, slowed and torn.

A client goes on at the address a broker tells it, so each broker has a listener of its own for the wire and advertises
the proxy there: not one byte passes beside it. While a wire is cut its bytes wait, as those of a real network that
sends them again once it is whole: what was on its way arrives late, even from a process that is dead by then.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from deploy.local.addresses import free_ports
from deploy.local.broker import Wire as Listener

CHUNK = 64 * 1024
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 seconds: closing sends a reset."""


class Wire:
    """One service's way to all brokers. `kafka` is what the service is told."""

    def __init__(self, service: str, number: int, brokers: int) -> None:
        self.service = service
        ports = free_ports(2 * brokers)
        self.listeners = [
            Listener(f"WIRE{number}", port, proxy) for port, proxy in zip(ports[:brokers], ports[brokers:], strict=True)
        ]
        self.kafka = ",".join(f"127.0.0.1:{listener.advertised}" for listener in self.listeners)
        self.whole = asyncio.Event()
        self.whole.set()
        self.delay = 0.0
        self._servers: list[asyncio.Server] = []
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        for listener in self.listeners:
            server = await asyncio.start_server(self._through(listener.port), "127.0.0.1", listener.advertised)
            self._servers.append(server)

    def close(self) -> None:
        for server in self._servers:
            server.close()
        self.tear()

    def cut(self) -> None:
        """Nothing passes, either way, and nobody is told."""
        self.whole.clear()

    def mend(self) -> None:
        self.whole.set()
        self.delay = 0.0

    def tear(self) -> None:
        """Reset every connection."""
        for writer in list(self._writers):
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            writer.transport.abort()

    def _through(self, port: int) -> Any:
        async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._writers.add(writer)
            try:
                await self.whole.wait()
                back, on = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                self._end([writer])
                return
            self._writers.add(on)
            try:
                await asyncio.gather(self._pass(reader, on), self._pass(back, writer))
            except (OSError, RuntimeError):  # uvloop's word for a write to what was torn meanwhile.
                pass
            finally:
                self._end([writer, on])

        return through

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await asyncio.sleep(self.delay)
            await self.whole.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError

    def _end(self, writers: Sequence[asyncio.StreamWriter]) -> None:
        for writer in writers:
            self._writers.discard(writer)
            writer.close()
