"""One card's archive with a million entries stored, over the same with ten thousand: p99 of a read.

Every card has twenty entries, scattered over the file as they would be, and the whole page of twenty is read. Through
the HTTP API of the real process (two of them on an idle log), so each read is also made durable in the journal before
it is answered; and from the store alone. Reads of cards drawn by chance, one after another, the two sizes in turn.
What the system keeps of a file in memory is not emptied before.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from benches.archive_made import PER_CARD, card, made
from benches.measure import Measured, Ratio, interleaved, own_broker, own_folder
from deploy.local.platform import Local
from services.records import queries
from shared.adapters.sqlite import SqliteStore

SMALL, LARGE = 10_000, 1_000_000
READS, RUNS = 1_000, 5

Read = Callable[[str], Awaitable[None]]


async def measure(small: int = SMALL, large: int = LARGE, reads: int = READS, runs: int = RUNS) -> list[Measured]:
    """Two ratios: through HTTP and at the store."""
    folders = {size: own_folder(f"read-{size}") for size in (small, large)}
    for size, folder in folders.items():
        made(folder / "sqlite" / "records.sqlite", size)
    over_http = await _over_http(folders, reads, runs)
    at_store = await _at_store(folders, reads, runs)
    return [
        Ratio.of(f"{where}, p99 at {large:,} entries ÷ at {small:,}", "ms", found[large], found[small], at_most=1.5)
        for where, found in (("archive read over HTTP", over_http), ("archive read at the store", at_store))
    ]


async def _over_http(folders: dict[int, Path], reads: int, runs: int) -> dict[int, list[float]]:
    small, large = folders
    async with own_broker() as kafka, _served(kafka, folders[small]) as first, _served(kafka, folders[large]) as second:
        return await _in_turn({small: first, large: second}, reads, runs)


async def _at_store(folders: dict[int, Path], reads: int, runs: int) -> dict[int, list[float]]:
    small, large = folders
    async with _opened(folders[small]) as first, _opened(folders[large]) as second:
        return await _in_turn({small: first, large: second}, reads, runs)


async def _in_turn(read: dict[int, Read], reads: int, runs: int) -> dict[int, list[float]]:
    random = Random(1)

    async def p99(size: int) -> float:
        took = []
        for _ in range(reads):
            wanted = card(random.randrange(size // PER_CARD))
            begun = time.perf_counter()
            await read[size](wanted)
            took.append(time.perf_counter() - begun)
        return sorted(took)[int(0.99 * (reads - 1))] * 1000

    small, large = read
    found = await interleaved({"small": lambda _: p99(small), "large": lambda _: p99(large)}, runs)
    return {small: found["small"], large: found["large"]}


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[Read]:
    store = SqliteStore(folder / "sqlite" / "records.sqlite")
    await store.open([queries.ENTRIES])

    async def read(wanted: str) -> None:
        page = await queries.archive_of(store, [wanted], kind=None, since=None, until=None, after=None, limit=50)
        if len(page.documents) != PER_CARD:
            raise RuntimeError("the archive is not as it was made")

    try:
        yield read
    finally:
        await store.close()


@asynccontextmanager
async def _served(kafka: str, folder: Path) -> AsyncIterator[Read]:
    """The real process on that store. A plain connection that stays open, so that no client's work is measured."""
    own = {"ONECARD_INSTANCE": folder.name}
    async with Local(["records"], folder=folder, kafka=kafka, environment=own) as local:
        host, _, port = local.urls["records"].removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))

        async def read(wanted: str) -> None:
            nonlocal reader, writer
            # The server lets go of who is silent for five seconds, while the other one is read.
            if reader.at_eof():
                writer.close()
                reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(f"GET /cards/{wanted}/archive HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
            body = await reader.readexactly(int(length))
            if b" 200 " not in head or body.count(b'"known_at"') != PER_CARD:
                raise RuntimeError("the archive is not as it was made")

        try:
            yield read
        finally:
            writer.close()
