"""`onecard up`: the whole platform on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from deploy.commands import shown
from deploy.commands.here import FOLDER, Here, announced
from deploy.commands.shown import AsJson, out
from deploy.local.child import all_run
from deploy.local.control import controlled
from deploy.local.platform import Local
from shared.events import SERVICES

Folder = Annotated[Path, typer.Option(envvar="ONECARD_FOLDER", help="Where all data of this platform lies.")]
Kafka = Annotated[str, typer.Option(help="host:port of a broker to use instead of an own one.")]
Store = Annotated[str, typer.Option(help="sqlite, mongodb (starts a server) or a mongodb:// address.")]
Secured = Annotated[
    bool, typer.Option("--secured", help="A broker with TLS, and a user with just its rights for each service.")
]
ByPort = Annotated[
    bool,
    typer.Option("--by-port", help="The insurer's gateway settles every bill, not the local rules (a new city's)."),
]
Traces = Annotated[bool, typer.Option("--traces", help="Start the Zipkin server and trace every visit.")]


def up(
    *,
    folder: Folder = FOLDER,
    kafka: Kafka = "",
    store: Store = "sqlite",
    traces: Traces = False,
    secured: Secured = False,
    by_port: ByPort = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with an empty folder.")] = False,
    json: AsJson = False,
) -> None:
    """Start broker, store and all services here; stop them in order on Ctrl-C. Status 2 when one of them ends by
    itself, which stops the others too."""
    platform = platform_here(
        folder, kafka=kafka, store=store, traces=traces, secured=secured, fresh=fresh, by_port=by_port
    )
    shown.run(_up(platform, json=json))


async def _up(platform: AbstractAsyncContextManager[tuple[Local, Here]], *, json: bool) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with nullcontext() if json else out.status("starting broker, store and services …"):
        started = await _started(platform, stopped)
    if started:
        local, running = started
        try:
            if json:
                shown.as_json(asdict(running))
            else:
                show_parts(local)
                out.print("Running. Ctrl-C stops everything; `./onecard status` in another terminal shows how it is.")
            await _until(stopped, local)
        finally:
            await platform.__aexit__(None, None, None)
    if not json:
        out.print("Stopped; nothing is left running.")


async def _started(
    platform: AbstractAsyncContextManager[tuple[Local, Here]], stopped: asyncio.Event
) -> tuple[Local, Here] | None:
    """The platform, running; None, with nothing left of it, when it was stopped before it was ready."""
    starting, stopping = asyncio.ensure_future(platform.__aenter__()), asyncio.ensure_future(stopped.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    starting.cancel()  # What is done already can't be cancelled any more.
    await asyncio.wait((starting,))
    return None if starting.cancelled() else starting.result()


@asynccontextmanager
async def platform_here(
    folder: Path,
    *,
    kafka: str = "",
    store: str = "sqlite",
    traces: bool = False,
    secured: bool = False,
    fresh: bool = False,
    by_port: bool = False,
    ratio: float | None = None,
    prepare: Callable[[Local], None] | None = None,
) -> AsyncIterator[tuple[Local, Here]]:
    """The platform with the demo city's reference data, announced to the other commands."""
    from deploy.demo import prepared  # noqa: PLC0415 - making a city takes a moment

    city = prepared.prepare_by_port if by_port else prepared.prepare
    share = (1.0 if traces else 0.01) if ratio is None else ratio
    async with Local(
        SERVICES,
        folder=folder,
        kafka=kafka,
        store=store,
        traces=traces,
        secured=secured,
        trace_ratio=share,
        fresh=fresh,
        prepare=prepare or city,
    ) as local:
        running = Here(local.kafka, local.store_url, local.urls, str(local.folder), local.zipkin_url, share, secured)
        async with controlled(local.folder, local.processes):
            with announced(running):
                yield local, running


def show_parts(local: Local) -> None:
    """What runs, where, and where its log is."""
    rows = [(part.name, part.state, part.pid, part.address, part.log.name) for part in local.status()]
    shown.table("OneCard on this machine", ("part", "state", "pid", "address", "log"), rows, right=("pid",))
    if local.zipkin_url:
        out.print(f"Traces: {local.zipkin_url}/zipkin/")


async def _until(stopped: asyncio.Event, local: Local) -> None:
    while not stopped.is_set():
        all_run([*local.servers.values(), *local.processes.children.values()])
        try:
            async with asyncio.timeout(1):
                await stopped.wait()
        except TimeoutError:
            continue
