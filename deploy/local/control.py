"""A unix socket beside the running platform: other commands ask its owner to stop, start or add to one service.

One JSON line in, one out: {"do": "stop", "service": "lab"} -> {"ok": true, "urls": {"lab-1": …}}. Only this user can
reach the socket.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.child import ChildFailedError
from deploy.local.processes import Processes

SOCKET = "control.sock"
PATIENCE = 120.0


@asynccontextmanager
async def controlled(folder: Path, processes: Processes) -> AsyncIterator[None]:
    """Take orders for as long as the block lasts."""
    path = folder / SOCKET
    path.unlink(missing_ok=True)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = await _obey(processes, await reader.readline())
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def order(folder: Path, do: str, service: str) -> dict[str, str]:
    """Have every process of a service stopped or started, or one added; return when it is, with the addresses of all.
    `look` changes nothing. ChildFailedError says why not."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_unix_connection(folder / SOCKET)
        writer.write(json.dumps({"do": do, "service": service}).encode() + b"\n")
        await writer.drain()
        answer = json.loads(await reader.readline())
        writer.close()
    if not answer["ok"]:
        raise ChildFailedError(answer["why"])
    urls: dict[str, str] = answer["urls"]
    return urls


async def _obey(processes: Processes, line: bytes) -> dict[str, object]:
    try:
        asked = json.loads(line)
        names = [name for name in processes.children if name.rpartition("-")[0] == asked["service"]]
        if not names:
            return {"ok": False, "why": f"no process of {asked['service']} belongs to this platform"}
        match asked["do"]:
            case "stop":
                await processes.stop(*names)
            case "start":
                await processes.start(*names)
            case "add":
                names.append(processes.another(names[0]))
                await processes.start(names[-1])
            case "look":
                pass
            case other:
                return {"ok": False, "why": f"stop, start, add or look, not {other}"}
    except (ValueError, KeyError, ChildFailedError) as problem:
        return {"ok": False, "why": str(problem)}
    return {"ok": True, "urls": {name: processes.urls[name] for name in names}}
