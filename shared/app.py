"""A Service becomes a running process: the one place that knows which store, which log and which clock.

    python -m services.lab        with ONECARD_… in the environment (shared.settings)

Serves /livez, /readyz, /metrics and the operators' calls beside the service's own routes.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import uvloop
from fastapi import APIRouter, FastAPI
from prometheus_client import disable_created_metrics

from shared import logs, tracing
from shared.adapters.kafka import KafkaLog, OnBatch
from shared.adapters.stores import open_store
from shared.another_log import ANOTHER_LOG, linger
from shared.beginning import LEAVE, begin, stay
from shared.decider import Service
from shared.edge import TOPIC
from shared.envelope import Envelope
from shared.health import ALIVE, Health
from shared.interpreter import tune
from shared.operations import operations
from shared.reference import Reference, load
from shared.runtime.archive import Archive
from shared.runtime.archiving import Archiving
from shared.runtime.changes import Changes
from shared.runtime.engine import Engine
from shared.runtime.owner import Hearer, Owner
from shared.runtime.positions import Positions
from shared.runtime.store import Collection, Store
from shared.runtime.telemetry import Telemetry
from shared.serving import server_of
from shared.settings import Settings, misconfigured, told
from shared.standing import watch
from shared.tended import BROKEN, Tended


@dataclass(frozen=True, slots=True)
class Running:
    """What a service's own routes are made from. `journal` is a store that a rebuild never exchanges; `publish` is for
    a service with an edge of its own."""

    settings: Settings
    store: Store
    journal: Store
    reference: Reference
    changes: Changes
    telemetry: Telemetry
    publish: Publish


Publish = Callable[[Sequence[Envelope]], Awaitable[None]]
Routes = Callable[[Running], APIRouter]
Beside = Callable[[Running], Coroutine[Any, Any, None]]


def run(
    service: Service[Any] | Archive,
    routes: Routes | None = None,
    *,
    finish: Callable[[FastAPI], None] | None = None,
    journal: Sequence[Collection] = (),
    beside: Beside | None = None,
) -> None:
    """Run until SIGTERM or SIGINT: finish the batch in hand, commit, leave the group, close the store.

    `routes` makes the service's own HTTP routes; `finish` may add to the whole application, such as its errors.
    `journal` is what a decider's service keeps there (an archive declares its own); `beside` is work of its own that
    goes on while it runs.
    """
    tune()
    # When a counter began is told by process_start_time_seconds, once for all of them.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    raise SystemExit(uvloop.run(serve(service, told(), routes, finish, journal=journal, beside=beside)))


async def serve(
    service: Service[Any] | Archive,
    settings: Settings,
    routes: Routes | None = None,
    finish: Callable[[FastAPI], None] | None = None,
    *,
    journal: Sequence[Collection] = (),
    beside: Beside | None = None,
) -> int:
    """The whole life of one process; the status it ends with."""
    logs.configure(service.name)
    provider = tracing.start(service.name, settings.traces)
    group, instance = f"onecard-{service.name}", settings.instance or None
    writes = () if isinstance(service, Archive) else service.logs + (TOPIC,) * service.edge
    log = KafkaLog(settings.kafka_access(), group, service.reads, instance, says=writes)
    running = _running(service, settings, log)
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
    server = server_of(app, settings.http)
    tended = Tended(stopped, running.telemetry.out)
    tended.begin("HTTP", server.serve())
    tended.begin("health", health.watching(stopped))
    besides: list[asyncio.Task[None]] = []
    take = taken_by(owner)
    try:
        if await begin(
            service, running.store, running.journal, kept=journal, log=log, owner=owner, take=take, stopped=stopped
        ):
            health.started = True
            tended.begin("ticks", owner.ticking(stopped))
            tended.begin("reading", stay(log, owner, take, stopped))
            # Not before: a store may have an index to make of all it holds when it is opened.
            tended.begin("standing", watch(health.age, ALIVE, running.telemetry.out, stopped))
            if beside is not None:
                besides.append(tended.begin("rounds", beside(running)))
        besides.append(asyncio.create_task(linger(positions, stopped)))
        await stopped.wait()
        for one in besides:
            one.cancel()
    finally:
        stopped.set()
        server.should_exit = True
        with suppress(TimeoutError):
            # Who does not answer is not waited for; whoever takes the partitions goes on from the last commit.
            async with asyncio.timeout(LEAVE):
                await log.stop()
        await owner.revoked()
        await tended.over()
        await running.store.close()
        await running.journal.close()
        if provider is not None:
            provider.shutdown()
    if positions.refusal:
        return ANOTHER_LOG
    return BROKEN if tended.broken else 0


def taken_by(owner: Owner) -> OnBatch:
    """How batches are handed over: one is said before the next is polled, and its commit follows behind; the archive,
    which only keeps, reads one ahead."""
    if isinstance(owner.hearer, Archiving):
        return partial(owner.take_ahead, owner.hearer.read)
    return partial(owner.take, behind=True)


def _running(service: Service[Any] | Archive, settings: Settings, log: KafkaLog) -> Running:
    try:
        reference = load(settings.reference)
        store, journal = (open_store(settings.store_address(), service.name + kept) for kept in ("", "_journal"))
    except (OSError, ValueError) as wrong:
        misconfigured(str(wrong))
    if isinstance(service, Service) and service.admits:
        # Only whoever proves requests may know the secret that terminals' keys follow from.
        reference = replace(reference, terminal_secret=settings.secret("terminal-master.key"))
    view = isinstance(service, Archive) or not service.says
    return Running(
        settings,
        store,
        journal,
        reference,
        Changes(log.owns_all),
        Telemetry(service.name, settings.trace_ratio, view=view),
        log.publish,
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
    asked = operations(service, running.store, running.settings.readers)
    for made in (asked, *([routes(running)] if routes is not None else [])):
        app.include_router(made)
    return app
