"""A Service becomes a running process: the one place that knows which store, which log and which clock.

    python -m services.lab        with ONECARD_… in the environment (shared.settings)

Serves /livez, /readyz, /metrics and the operators' calls beside the service's own routes.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
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
from shared.decider import Service
from shared.health import Health
from shared.interpreter import tune
from shared.operations import operations
from shared.reference import Reference, load
from shared.runtime.archive import Archive
from shared.runtime.archiving import Archiving
from shared.runtime.changes import Changes
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import collection
from shared.runtime.engine import Engine
from shared.runtime.failures import backoff, shown
from shared.runtime.owner import Hearer, Owner
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
    uvloop.run(serve(service, told(), routes, finish))


async def serve(
    service: Service[Any] | Archive,
    settings: Settings,
    routes: Routes | None = None,
    finish: Callable[[FastAPI], None] | None = None,
) -> None:
    """The whole life of one process."""
    logs.configure(service.name)
    provider = tracing.start(service.name, settings.traces)
    running = _running(service, settings)
    log = KafkaLog(settings.kafka_access(), f"onecard-{service.name}", service.source, settings.instance or None)
    hearer = _hearer(service, running, log)
    owner = Owner(hearer, log, running.telemetry)
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
        if await _begin(service, running, log, owner, stopped):
            health.started = True
            tasks.append(asyncio.create_task(owner.ticking(stopped)))
        await stopped.wait()
    finally:
        stopped.set()
        server.should_exit = True
        await log.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
        await running.store.close()
        await running.journal.close()
        if provider is not None:
            provider.shutdown()


def taken_by(owner: Owner) -> OnBatch:
    """How batches are handed over: one is done before the next is polled, but the archive, which only keeps, reads one
    ahead."""
    return partial(owner.take_ahead, owner.hearer.read) if isinstance(owner.hearer, Archiving) else owner.take


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


async def _begin(
    service: Service[Any] | Archive, running: Running, log: KafkaLog, owner: Owner, stopped: asyncio.Event
) -> bool:
    """Open the store and join the group, however long that takes; False when stopped before."""
    failures = 0
    collections = service.collections if isinstance(service, Archive) else (collection(service),)
    journal = service.journal if isinstance(service, Archive) else ()
    while not stopped.is_set():
        try:
            await running.store.open((*collections, DEAD_LETTERS))
            if journal:
                await running.journal.open(journal)
            await log.start(taken_by(owner), owner.revoked)
        except Exception as error:  # noqa: BLE001 - store or broker away: say so and try again
            failures += 1
            owner.last_error = shown(error)
            running.telemetry.rewound(error, backoff(failures))
            await log.stop()
            try:
                async with asyncio.timeout(backoff(failures)):
                    await stopped.wait()
            except TimeoutError:
                continue
        else:
            return True
    return False


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
    app.include_router(operations(service, running.store))
    if routes is not None:
        app.include_router(routes(running))
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
