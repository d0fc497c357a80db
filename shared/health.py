"""/livez, /readyz, /metrics. Liveness is the age of the last completed poll; readiness is broker, store, assignment,
and nothing parked for a version this process can't read yet."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Protocol

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import generate_latest

from shared.decider import Service
from shared.runtime import documents
from shared.runtime.archive import Archive
from shared.runtime.documents import STREAMS
from shared.runtime.failures import shown
from shared.runtime.log import Place
from shared.runtime.owner import Owner
from shared.runtime.reading import UNKNOWN_VERSION
from shared.runtime.store import Store
from shared.runtime.telemetry import Telemetry

EVERY = 1.0
STUCK = 5
ALIVE = 90.0
"""Seconds without a completed poll after which a process is stuck: above the longest poll and the longest batch."""


class Watched(Protocol):
    """What health asks of the log."""

    def owned(self) -> set[Place]: ...
    def lag(self) -> dict[Place, int]: ...
    def damaged(self) -> dict[Place, str]: ...
    async def ping(self) -> None: ...
    @property
    def polled(self) -> float: ...


class Health:
    """Looks once a second, so that asking costs nothing."""

    def __init__(
        self, service: Service[Any] | Archive, store: Store, log: Watched, owner: Owner, telemetry: Telemetry
    ) -> None:
        self.service, self.store, self.log, self.owner, self.telemetry = service, store, log, owner, telemetry
        self.started = False
        self.begun = time.monotonic()
        self.problems: dict[str, str] = {"start": "not started yet"}

    async def watching(self, stopped: asyncio.Event) -> None:
        """Until stopped: look at broker, store and parked streams."""
        while not stopped.is_set():
            self.problems = await self._look()
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
            age = time.monotonic() - max(self.log.polled, self.owner.last_poll, self.begun)
            return JSONResponse({"age": round(age, 1)}, 200 if age < ALIVE else 503)

        @routes.get("/readyz")
        async def readyz() -> JSONResponse:
            body = {"service": self.service.name, "ready": not self.problems, "problems": self.problems}
            body |= {"lag": self._lag(), "idle": self.owner.idle, "partitions": len(self.log.owned())}
            body |= {"last_error": self.owner.last_error}
            return JSONResponse(body, 503 if self.problems else 200)

        @routes.get("/metrics")
        async def metrics() -> Response:
            return Response(generate_latest(self.telemetry.registry), media_type="text/plain; version=0.0.4")

        return routes

    async def _look(self) -> dict[str, str]:
        problems = {}
        if not self.started:
            problems["start"] = self.owner.last_error or "not started yet"
            return problems
        try:
            await self.store.ping()
            waiting = await self._unknown_versions()
            if waiting:
                problems["parked"] = f"{waiting} streams wait for a newer version of {self.service.name}"
        except Exception as away:  # noqa: BLE001 - whatever it is, the store did not answer as it should
            problems["store"] = shown(away)
        try:
            await self.log.ping()
        except Exception as away:  # noqa: BLE001 - whatever it is, the broker did not answer
            problems["broker"] = shown(away)
        for place, why in self.log.damaged().items():
            problems[f"{place.topic}/{place.partition}"] = f"a record can't be decoded: {why}"
        if self.owner.failures >= STUCK:
            problems["batch"] = f"the same records failed {self.owner.failures} times: {self.owner.last_error}"
        if not self.log.owned():
            problems["assignment"] = "no partition is assigned to this process"
        for place, lag in self.log.lag().items():
            self.telemetry.lag.labels(place.topic, str(place.partition)).set(lag)
        return problems

    def _lag(self) -> int:
        """Records read by nobody yet, as far as this process knows; -1 when it owns nothing or knows nothing."""
        lags = self.log.lag()
        return sum(lags.values()) if lags else -1

    async def _unknown_versions(self) -> int:
        if isinstance(self.service, Archive):
            return 0
        parked = await self.store.find(STREAMS, "parked", (), limit=50)
        kept = [documents.decode(self.service, document) for document in parked]
        return sum(any(pointer.cause == UNKNOWN_VERSION for pointer in one.parked) for one in kept)
