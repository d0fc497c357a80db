"""A Service becomes a running process: the one place that knows which store, which log and which clock.

    python -m services.lab        with ONECARD_… in the environment (shared.settings)

Serves /livez, /readyz, /metrics and the operators' calls beside the service's own routes.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import uvicorn
import uvloop
from fastapi import APIRouter, FastAPI
from prometheus_client import disable_created_metrics

from shared import logs, tracing
from shared.adapters.kafka import KafkaLog, OnBatch
from shared.adapters.stores import open_store
from shared.another_log import ANOTHER_LOG, linger
from shared.beginning import begin
from shared.decider import Service
from shared.health import Health
from shared.interpreter import tune
from shared.operations import operations
from shared.reference import Reference, load
from shared.runtime.archive import Archive
from shared.runtime.archiving import Archiving
from shared.runtime.changes import Changes
from shared.runtime.engine import Engine
from shared.runtime.owner import Hearer, Owner
from shared.runtime.positions import Positions
from shared.runtime.store import Store
from shared.runtime.telemetry import Telemetry
from shared.settings import Settings, told


@dataclass(frozen=True, slots=True)
class Running:
    """What a service's own routes are made from. `journal` is a store that a rebuild never exchanges."""

    settings: Settings
    store: Store
    journal: Store
    reference: Reference
    changes: Changes
    telemetry: Telemetry


LEAVE = 25.0
"""Seconds to finish the batch in hand and leave the group in."""

Routes = Callable[[Running], APIRouter]


def run(
    service: Service[Any] | Archive, routes: Routes | None = None, *, finish: Callable[[FastAPI], None] | None = None
) -> None:
    """Run until SIGTERM or SIGINT: finish the batch in hand, commit, leave the group, close the store.

    `routes` makes the service's own HTTP routes; `finish` may add to the whole application, such as its errors.
    """
    tune()
    # When a counter began is told by process_start_time_seconds, once for all of them.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    raise SystemExit(uvloop.run(serve(service, told(), routes, finish)))


async def serve(
    service: Service[Any] | Archive,
    settings: Settings,
    routes: Routes | None = None,
    finish: Callable[[FastAPI], None] | None = None,
) -> int:
    """The whole life of one process; the status it ends with."""
    logs.configure(service.name)
    provider = tracing.start(service.name, settings.traces)
    running = _running(service, settings)
    log = KafkaLog(settings.kafka_access(), f"onecard-{service.name}", service.reads, settings.instance or None)
    hearer = _hearer(service, running, log)
    positions = Positions(service, running.store, log)
    owner = Owner(hearer, log, running.telemetry, positions)
    health = Health(service, running.store, log, owner, running.telemetry)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    app = _api(service, running, health, routes)
    if finish is not None:
        finish(app)
    server = _server(app, settings.http)
    tasks = [asyncio.create_task(server.serve()), asyncio.create_task(health.watching(stopped))]
    try:
        if await begin(
            service, running.store, running.journal, log=log, owner=owner, take=taken_by(owner), stopped=stopped
        ):
            health.started = True
            tasks.append(asyncio.create_task(owner.ticking(stopped)))
        lingering = asyncio.create_task(linger(positions, stopped))
        await stopped.wait()
        lingering.cancel()
    finally:
        stopped.set()
        server.should_exit = True
        with suppress(TimeoutError):
            # Who does not answer is not waited for; whoever takes the partitions goes on from the last commit.
            async with asyncio.timeout(LEAVE):
                await log.stop()
        await owner.revoked()
        await asyncio.gather(*tasks, return_exceptions=True)
        await running.store.close()
        await running.journal.close()
        if provider is not None:
            provider.shutdown()
    return ANOTHER_LOG if positions.refusal else 0


def taken_by(owner: Owner) -> OnBatch:
    """How batches are handed over: one is said before the next is polled, and its commit follows behind; the archive,
    which only keeps, reads one ahead."""
    if isinstance(owner.hearer, Archiving):
        return partial(owner.take_ahead, owner.hearer.read)
    return partial(owner.take, behind=True)


def _running(service: Service[Any] | Archive, settings: Settings) -> Running:
    reference = load(settings.reference)
    if isinstance(service, Service) and service.admits:
        # Only whoever proves requests may know the secret that terminals' keys follow from.
        reference = replace(reference, terminal_secret=settings.secret("terminal-master.key"))
    view = isinstance(service, Archive) or not service.says
    return Running(
        settings,
        open_store(settings.store_address(), service.name),
        open_store(settings.store_address(), f"{service.name}_journal"),
        reference,
        Changes(),
        Telemetry(service.name, settings.trace_ratio, view=view),
    )


def _hearer(service: Service[Any] | Archive, running: Running, log: KafkaLog) -> Hearer:
    if isinstance(service, Archive):
        return Archiving(service, running.store, log, running.telemetry)
    return Engine(service, running.store, log, running.reference, telemetry=running.telemetry, changes=running.changes)


def _api(service: Service[Any] | Archive, running: Running, health: Health, routes: Routes | None) -> FastAPI:
    # FastAPI would make spans of its own for every call, whichever visits are sampled: for each look at /readyz too.
    app = FastAPI(
        title=f"OneCard {service.name}",
        version=service.version,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.include_router(health.router())
    for made in (operations(service, running.store), *([routes(running)] if routes is not None else [])):
        app.include_router(made)
    return app


def _server(app: FastAPI, address: str) -> uvicorn.Server:
    host, _, port = address.rpartition(":")
    config = uvicorn.Config(
        app,
        host=host,
        port=int(port),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # The process decides when it stops.
    return server
