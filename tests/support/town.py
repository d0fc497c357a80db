"""A town for a test: broker, stores and every service as real processes, and a small city that lives in them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.access.table import principals
from deploy.check import Result, check
from deploy.check.sources import EVENTS, committed
from deploy.commands.here import Here
from deploy.commands.up import platform_here
from deploy.demo.city import City, write_city
from deploy.demo.guide import Guide
from deploy.edges import Edges
from deploy.local.child import Child
from deploy.local.platform import Local
from shared.adapters.kafka import KafkaLog
from shared.envelope import Record
from shared.events import SERVICES
from shared.reference.insurance import Settles
from shared.runtime.documents import NEVER
from shared.runtime.log import Place

SPANS = {"ask": 2.0, "done": 6.0, "lapse": 8.0, "critical": 2.0, "insurer": 4.0}
"""Seconds: so short that a test can see every deadline pass."""

QUIET = 3
"""So many looks in a row that find nothing to do."""


class Reached:
    """A running platform, wherever it runs, its city, and a way to ask and to be told."""

    here: Here
    city: City
    edges: Edges
    http: httpx.AsyncClient

    @property
    def guide(self) -> Guide:
        return Guide(self.here.urls["guide"], self.here.token("edge"))

    async def readiness(self, service: str) -> dict[str, Any]:
        """The body of /readyz, with the status; {} while nobody answers."""
        try:
            answer = await self.http.get(f"{self.here.urls[service]}/readyz")
        except httpx.HTTPError:
            return {}
        return {**answer.json(), "status": answer.status_code}

    async def operations(self, service: str, what: str, **params: Any) -> Any:
        """What an operator is shown: dead-letters, parked."""
        url = f"{self.here.urls[service]}/operations/{what}"
        answer = await self.http.get(url, params={"limit": 500, **params}, headers=self.here.shows)
        return answer.raise_for_status().json()

    async def replay(self, service: str, id: str) -> None:
        """Ask for a parked stream or a dead letter to be tried again."""
        url = f"{self.here.urls[service]}/operations/replay/{id}"
        (await self.http.post(url, headers=self.here.shows)).raise_for_status()

    async def archive(self, card: str) -> list[dict[str, Any]]:
        """The whole archive of a card, if it has at most two hundred entries."""
        url = f"{self.here.urls['records']}/cards/{card}/archive"
        answer = await self.http.get(url, params={"limit": 200}, headers=self.here.shows)
        entries: list[dict[str, Any]] = answer.raise_for_status().json()["entries"]
        return entries

    async def records(self, topic: str = EVENTS) -> list[Record]:
        """Everything a topic has."""
        log = KafkaLog(self.here.access("operator"), "onecard-test", topic)
        found: list[Record] = []
        for partition, end in (await log.ends(topic)).items():
            async for batch in log.scan(Place(topic, partition), 0, end):
                found += batch
        return found

    async def ends(self, topic: str = EVENTS) -> dict[int, int]:
        return await KafkaLog(self.here.access("operator"), "onecard-test", topic).ends(topic)

    async def events(self) -> int:
        """How many records the log has."""
        return sum((await self.ends()).values())

    async def behind(self, service: str) -> int:
        """How many records of its topics a service has not committed."""
        left = 0
        for topic in READS[service]:
            done = await committed(self.here.access("operator"), f"onecard-{service}", topic)
            left += sum(end - done.get(partition, 0) for partition, end in (await self.ends(topic)).items())
        return left

    async def at_rest(self, seconds: float = 90) -> None:
        """Return when every service is ready, has read everything and was seen idle since the last word was said."""
        idle, before, quiet = set[str](), -1, 0
        async with asyncio.timeout(seconds):
            while quiet < QUIET or len(idle) < len(SERVICES):
                told = await asyncio.gather(*(self.readiness(service) for service in SERVICES))
                read = all(one and one["ready"] and not one["lag"] for one in told)
                now = await self.events() if read else -1
                quiet = quiet + 1 if read and now == before else 0
                # A tick is no batch, but keeps a process busy for a moment; so it is asked until it was seen idle.
                idle = (idle if quiet else set()) | {one["service"] for one in told if one and one["idle"]}
                before = now
                await asyncio.sleep(0.1)

    async def drained(self, seconds: float = 120) -> None:
        """At rest, with no deadline to come."""
        async with asyncio.timeout(seconds):
            await self.at_rest(seconds)
            while self.due():
                await asyncio.sleep(0.2)
                await self.at_rest(seconds)

    def due(self) -> int:
        """Streams with a deadline still to come; where stores are not files nobody can say."""
        if not self.here.store.startswith("sqlite:"):
            return 0
        return sum(map(_due, sorted(Path(self.here.store.removeprefix("sqlite:")).glob("*.sqlite"))))

    async def check(self, *, recompute: bool = True) -> Result:
        """What a check finds."""
        secret = self.city.secrets["terminal-master.key"]
        reference = self.here.reference
        return await check(
            self.here.access("operator"),
            self.here.urls,
            recompute=recompute,
            reference=reference,
            secret=secret,
            token=self.here.token(),
        )


READS = {one.name: one.reads for one in principals()}
"""The topics of each service."""


@dataclass(frozen=True)
class Town(Reached):
    """One whose parts are child processes."""

    local: Local
    here: Here
    city: City
    edges: Edges
    http: httpx.AsyncClient = field(repr=False)

    @property
    def broker(self) -> Child:
        return self.local.servers["kafka"]

    def process(self, service: str) -> Child:
        return self.local.processes.children[f"{service}-1"]


@asynccontextmanager
async def town(
    folder: Path,
    *,
    store: str = "sqlite",
    traces: bool = False,
    ratio: float = 0.0,
    secured: bool = False,
    spans: Mapping[str, float] = SPANS,
    environment: Mapping[str, str] | None = None,
    settles: Settles = "local",
) -> AsyncIterator[Town]:
    """A town in an empty folder, until the block ends. `environment` is told to every service."""
    cities: list[City] = []

    def prepare(local: Local) -> None:
        cities.append(write_city(local.reference, local.secrets, spans=spans, clinics=12, settles=settles))
        local.environment = environment or {}

    async with platform_here(
        folder / "town", store=store, traces=traces, secured=secured, ratio=ratio, prepare=prepare
    ) as (local, here):
        try:
            async with (
                Edges(here.access("edge"), cities[0].terminal_key, ratio=ratio) as edges,
                httpx.AsyncClient(trust_env=False, timeout=10) as http,
            ):
                yield Town(local, here, cities[0], edges, http)
        finally:
            # All was seen that will be: nobody has to leave in order.
            for child in (*local.processes.children.values(), *local.servers.values()):
                child.kill()


async def eventually(condition: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    """The first answer that is true; TimeoutError if there is none within so many seconds."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.05)
        return found


def assert_clean(result: Result) -> None:
    """Nothing is wrong, nothing waits."""
    assert result.status == 0, result.as_json()


def _due(path: Path) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        columns = {row[1] for row in file.execute("PRAGMA table_info(streams)")}
        if "due" not in columns:
            return 0
        count: int = file.execute("SELECT count(*) FROM streams WHERE due < ?", (NEVER,)).fetchone()[0]
        return count
