"""What an actor may know: guide's answers and event streams, over plain sockets.

Hundreds of open streams are read here at once, on a machine that also runs the broker and all services; a whole HTTP
client for each costs more than the visits themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing, suppress
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import from_json

from services.guide.told import Answer, VisitStanding
from services.guide.told_queues import BoardTold

AGAIN = 0.3
"""Seconds before a broken stream is opened again."""
BROKEN = (OSError, EOFError, ValueError)
SETTLED = ("answered", "refused", "irregular")


class Guide:
    """One guide, by its address `http://host:port`; `token` is the edge's, where guide asks for one."""

    def __init__(self, url: str, token: str = "") -> None:
        self._shown = f"Authorization: Bearer {token}\r\n" if token else ""
        place = urlsplit(url)
        self._host, self._port = place.hostname or "127.0.0.1", place.port or 80

    async def get(self, path: str) -> Any:
        """The JSON of one call; None for what guide has not seen. OSError when it does not answer."""
        reader, writer = await self._ask(path)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.read(-1)
        except EOFError as cut:
            raise ConnectionResetError("guide's answer was cut off") from cut
        finally:
            writer.close()
        match head.split(b" ", 2)[1]:
            case b"200":
                return from_json(body)
            case b"404":
                return None
            case status:
                raise ConnectionError(f"guide answered {status.decode()}")

    async def visit(self, card: str, visit: str) -> AsyncGenerator[VisitStanding, None]:
        """Where a visit stands, now and after every change; opened again when it breaks."""
        async with aclosing(self._stream(f"/cards/{card}/visits/{visit}/stream")) as events:
            async for _, data in events:
                yield data

    async def desk(self, institution: str, desk: str) -> AsyncGenerator[tuple[str, Any], None]:
        """`all`, `work` and `done` of a desk's work list, with their data; opened again when it breaks."""
        async with aclosing(self._stream(f"/institutions/{institution}/work/{desk}/stream")) as events:
            async for event in events:
                yield event

    async def answer(self, card: str, visit: str, request: str, *, among: Collection[str] = SETTLED) -> Answer:
        """What became of a request, once it is one of those: admitted, held, answered, refused, irregular."""
        async with aclosing(self.visit(card, visit)) as standings:
            async for _ in standings:
                try:
                    found: Answer | None = await self.get(f"/cards/{card}/visits/{visit}/requests/{request}")
                except BROKEN:
                    # The stream breaks with it, and tells where the visit stands once it is open again.
                    continue
                if found and found["status"] in among:
                    return found
        raise EOFError("guide ended a stream that has no end")

    async def queue_answer(self, queue: str, request: str, *, among: Collection[str] = SETTLED) -> Answer:
        """What became of a request to a queue, once it is one of those."""
        while True:
            with suppress(*BROKEN):
                found: Answer | None = await self.get(f"/queues/{queue}/requests/{request}")
                if found and found["status"] in among:
                    return found
            await asyncio.sleep(AGAIN)

    async def board(
        self, institution: str, department: str, session: str, day: date
    ) -> AsyncGenerator[BoardTold, None]:
        """A department's board, now and after every change; opened again when it breaks."""
        path = f"/institutions/{institution}/departments/{department}/board/stream?session={session}&day={day}"
        async with aclosing(self._stream(path)) as events:
            async for _, data in events:
                yield data

    async def _stream(self, path: str) -> AsyncGenerator[tuple[str, Any], None]:
        while True:
            try:
                async with aclosing(self._events(path)) as events:
                    async for event in events:
                        yield event
            except BROKEN:
                await asyncio.sleep(AGAIN)

    async def _events(self, path: str) -> AsyncGenerator[tuple[str, Any], None]:
        reader, writer = await self._ask(path)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.partition(b"\r\n")[0]:
                raise ConnectionError("guide refused a stream")
            text = b""
            # Guide's server sends streams in chunks (RFC 9112, 7.1); an event may span two.
            while size := int(await reader.readline(), 16):
                text += (await reader.readexactly(size + 2))[:-2]
                *events, text = text.split(b"\n\n")
                for event in events:
                    if b"data: " in event:
                        name, _, data = event.partition(b"data: ")
                        yield name.partition(b"event: ")[2].strip().decode(), from_json(data)
        finally:
            writer.close()

    async def _ask(self, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nConnection: close\r\n{self._shown}\r\n".encode())
        return reader, writer
