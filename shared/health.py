"""/livez, /readyz, /metrics. Liveness is the age of the last completed poll; readiness is that, broker, store,
assignment, and nothing parked for a version this process can't read yet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse
from prometheus_client import ProcessCollector
from prometheus_client.exposition import choose_encoder

from shared.decider import Service
from shared.runtime.archive import Archive
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import STREAMS
from shared.runtime.failures import shown
from shared.runtime.log import Place
from shared.runtime.owner import Owner
from shared.runtime.parking import UnknownVersions
from shared.runtime.progress import Behind, Progress
from shared.runtime.store import Store
from shared.runtime.telemetry import Telemetry

EVERY = 1.0
STUCK = 5
ALIVE = 90.0
"""Seconds without a completed poll after which a process is stuck: above the longest poll and the longest batch."""
PATIENCE = 5.0
"""Seconds a look at store or broker may take; both say by themselves, and earlier, that they get no answer."""


class Watched(Protocol):
    """What health asks of the log."""

    def owned(self) -> set[Place]: ...
    def lag(self) -> dict[Place, int]: ...
    def damaged(self) -> dict[Place, str]: ...
    def certified_until(self) -> float: ...
    async def ping(self) -> None: ...
    @property
    def polled(self) -> float: ...


class Health:
    """Looks once a second, so that asking costs nothing."""

    def __init__(
        self, service: Service[Any] | Archive, store: Store, log: Watched, owner: Owner, telemetry: Telemetry
    ) -> None:
        self.service, self.store, self.log, self.owner, self.telemetry = service, store, log, owner, telemetry
        self.metrics = telemetry.metrics
        self.metrics.info.labels(service.name, service.version).set(1)
        ProcessCollector(registry=self.metrics.registry)
        self.progress = Progress(owner, log)
        self.started = False
        self.begun, self.since = time.monotonic(), datetime.now(UTC)
        self.problems: dict[str, str] = {"start": "not started yet"}
        self.waiting = {"parked": -1, "dead_letters": -1}
        self._unknown = UnknownVersions(service, store) if isinstance(service, Service) else None

    async def watching(self, stopped: asyncio.Event) -> None:
        """Until stopped: look at broker, store and parked streams."""
        while not stopped.is_set():
            self._found(await self._look())
            try:
                async with asyncio.timeout(EVERY if self.started and not self.problems else EVERY / 5):
                    await stopped.wait()
            except TimeoutError:
                continue

    def router(self) -> APIRouter:
        """The three routes."""
        routes = APIRouter(tags=["health"])

        @routes.get("/livez")
        async def livez() -> JSONResponse:
            age = self.age()
            return JSONResponse({"age": round(age, 1)}, 200 if age < ALIVE else 503)

        @routes.get("/readyz")
        async def readyz() -> JSONResponse:
            return JSONResponse(self._readiness(), 503 if self.problems else 200)

        @routes.get("/metrics")
        async def metrics(accept: Annotated[str, Header()] = "") -> Response:
            self._measure(self.progress.look())
            self.metrics.poll_age.set(self.age())
            # Exemplars, which lead from a slow batch to a trace, are told only to who asks for OpenMetrics.
            encode, kind = choose_encoder(accept)
            return Response(encode(self.metrics.registry), headers={"Content-Type": kind})

        return routes

    def age(self) -> float:
        """Seconds since the last poll was completed."""
        return time.monotonic() - max(self.log.polled, self.owner.last_poll, self.begun)

    def _readiness(self) -> dict[str, Any]:
        behind = self.progress.look()
        return {
            "service": self.service.name,
            "version": self.service.version,
            "since": self.since.isoformat(timespec="seconds"),
            "ready": not self.problems,
            "problems": self.problems,
            # Of all owned partitions; -1 when it owns nothing or knows nothing.
            "lag": sum(one.records for one in behind.values()) if behind else -1,
            "oldest_seconds": round(max((one.seconds for one in behind.values()), default=0.0), 1),
            "idle": self.owner.idle,
            **self.waiting,
            "partitions": len(self.log.owned()),
            "by_partition": [
                {**at._asdict(), "lag": one.records, "oldest_seconds": round(one.seconds, 1)}
                for at, one in sorted(behind.items())
            ],
            "last_error": self.owner.last_error,
        }

    def _measure(self, behind: Mapping[Place, Behind]) -> None:
        # Partitions that went to another process are told by that one.
        self.metrics.lag.clear()
        self.metrics.oldest.clear()
        for place, one in behind.items():
            self.metrics.lag.labels(place.topic, str(place.partition)).set(one.records)
            self.metrics.oldest.labels(place.topic, str(place.partition)).set(one.seconds)

    def _found(self, problems: dict[str, str]) -> None:
        if problems.keys() != self.problems.keys():
            say = self.telemetry.out.warning if problems else self.telemetry.out.info
            say("not ready" if problems else "ready", **({"problems": problems} if problems else {}))
        self.problems = problems
        self.metrics.ready.set(not problems)

    async def _look(self) -> dict[str, str]:
        if not self.started:
            return {"start": self.owner.last_error or "not started yet"}
        self.progress.look()
        self.metrics.certificate.set(self.log.certified_until() - time.time())
        # Side by side: while the one hangs, the other is still told truly.
        store, broker = await asyncio.gather(_within("store", self._store()), _within("broker", self.log.ping()))
        problems = {"store": store} if store else {}
        problems |= {"broker": broker} if broker else {}
        if self.owner.positions is not None and self.owner.positions.doubt:
            problems["log"] = self.owner.positions.doubt
        if (newer := self._unknown.known if self._unknown else 0) and not store:
            problems["parked"] = f"{newer} streams wait for a newer version of {self.service.name}"
        for place, why in self.log.damaged().items():
            problems[f"{place.topic}/{place.partition}"] = f"a record can't be decoded: {why}"
        if self.owner.failures >= STUCK:
            problems["batch"] = f"the same records failed {self.owner.failures} times: {self.owner.last_error}"
        if (age := self.age()) >= ALIVE:
            # Store and broker may answer, and its lag is that of its last poll.
            problems["poll"] = f"no poll was completed for {age:.0f} s: it reads nothing any more; restart it"
        if not self.log.owned():
            problems["assignment"] = "no partition is assigned to this process"
        return problems

    async def _store(self) -> None:
        """Whether the store answers, and what in it waits for people."""
        await self.store.ping()
        letters = await self.store.count(DEAD_LETTERS.name, "standing", ("open",))
        parked = 0
        if self._unknown is not None:
            parked = await self.store.count(STREAMS, "parked")
            if parked or self._unknown.known:
                await self._unknown.look()
        self.waiting = {"parked": parked, "dead_letters": letters}
        self.metrics.parked_streams.set(parked)
        self.metrics.dead_letters_open.set(letters)


async def _within(who: str, look: Awaitable[None]) -> str:
    """Why a look at somebody failed, or nothing."""
    try:
        async with asyncio.timeout(PATIENCE):
            await look
    except TimeoutError:
        return f"the {who} did not answer within {PATIENCE:.0f} s; check that it runs, and what keeps it busy"
    except Exception as away:  # noqa: BLE001 - whatever it is, it did not answer as it should
        return shown(away)
    return ""
