"""`onecard status`: services, lag, parked streams and dead letters at a glance."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.live import Live

from deploy.check.recompute import service_of
from deploy.check.sources import committed
from deploy.commands import shown
from deploy.commands.here import ELSEWHERE, FOLDER, Here, here
from deploy.commands.shown import AsJson
from deploy.commands.status_shown import picture
from deploy.commands.up import Folder
from deploy.http import client
from deploy.local.child import ChildFailedError
from deploy.local.control import order
from shared.adapters.kafka import KafkaLog
from shared.runtime.log import LogUnavailable

SECONDS = 5.0
"""How long a process may take to answer; it looks at its store and broker itself, so an answer costs it nothing."""

Partitions = Annotated[
    bool, typer.Option("--partitions", "-p", help="Also which process is behind in which partition.")
]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Look again every second, until Ctrl-C.")]


def status(
    *, partitions: Partitions = False, watch: Watch = False, folder: Folder = FOLDER, json: AsJson = False
) -> None:
    """Is everything ready, and does anything wait for people? Status 0 when all is well, 1 otherwise.

    What waits are dead letters and parked streams; irregular acts are at the desks (`onecard reconcile list`).
    """
    if watch:
        shown.run(_watched(folder, partitions=partitions, json=json))
        return
    running, found = shown.run(_once(folder))
    shown.as_json(found) if json else shown.out.print(picture(running, found, partitions=partitions))
    raise typer.Exit(0 if all(map(well, found)) else 1)


async def look(running: Here) -> list[dict[str, Any]]:
    """What every process says of itself; of one that does not answer, what the broker knows."""
    async with client(timeout=SECONDS, headers=running.shows) as asking:
        owned = await asyncio.gather(*(_urls(running, service) for service in running.urls))
        places = zip(running.urls, owned, strict=True)
        asked = (_of(running, asking, service, *one) for service, urls in places for one in urls.items())
        return list(await asyncio.gather(*asked))


def well(one: dict[str, Any]) -> bool:
    """Ready, and nothing waits for people."""
    return bool(one["ready"] and not one["parked"] and not one["dead_letters"])


async def _once(folder: Path) -> tuple[Here, list[dict[str, Any]]]:
    running = here(folder)
    return running, await look(running)


async def _watched(folder: Path, *, partitions: bool, json: bool) -> None:
    running = here(folder)
    if json:
        while True:
            shown.as_json(await look(running))
            await asyncio.sleep(1)
    history: dict[str, list[int]] = {}
    with Live(console=shown.out, screen=True, auto_refresh=False) as live:
        while True:
            found = await look(running)
            for one in found:
                history[one["process"]] = [*history.get(one["process"], []), max(0, one["lag"])][-8:]
            live.update(picture(running, found, partitions=partitions, history=history), refresh=True)
            await asyncio.sleep(1)


async def _urls(running: Here, service: str) -> dict[str, str]:
    """All processes of a service; the first alone where their owner does not say."""
    try:
        async with asyncio.timeout(SECONDS):
            return await order(Path(running.folder), "look", service)
    except (OSError, ValueError, KeyError, TimeoutError, ChildFailedError):
        return {f"{service}-1": running.urls[service]}


async def _of(running: Here, asking: httpx.AsyncClient, service: str, name: str, url: str) -> dict[str, Any]:
    """One process; -1 for what nobody tells."""
    told: dict[str, Any] = {
        "service": service, "ready": False, "version": "", "since": "", "lag": -1, "oldest_seconds": -1, "parked": -1,
        "dead_letters": -1, "partitions": 0, "by_partition": [],
    }  # fmt: skip
    try:
        told |= (await asking.get(f"{url}/readyz")).json()
    except (httpx.HTTPError, ValueError) as away:
        told |= {
            "problems": {"process": f"does not answer ({type(away).__name__}); {_then(running, service, name)}"},
            "lag": await _unread(running, service),
        }
    return {"process": name, **told}


def _then(running: Here, service: str, name: str) -> str:
    """What to do about a process that does not answer; in a deployment, who runs its containers does it."""
    if running.pid == ELSEWHERE:
        return "see the log of its container, then start that again"
    return f"see logs/{name}.log, then `onecard restart {service}`"


async def _unread(running: Here, service: str) -> int:
    """How many records a service has not committed, as the broker has it; -1 when that does not answer either."""
    access, group, unread = running.access("operator"), f"onecard-{service}", 0
    try:
        async with asyncio.timeout(SECONDS):
            for topic in service_of(service).reads:
                done = await committed(access, group, topic)
                ends = await KafkaLog(access, group, topic).ends(topic)
                unread += sum(end - done.get(partition, 0) for partition, end in ends.items())
    except (LogUnavailable, TimeoutError, OSError):
        return -1
    return unread
