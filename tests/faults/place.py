"""The platform faults strike: real brokers and stores, every service where it can be struck, two of them on wires."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.check.recompute import service_of
from deploy.commands.here import Here
from deploy.demo.city import City, write_city
from deploy.local.broker import Broker
from deploy.local.child import Child
from deploy.local.cluster import Cluster
from deploy.local.platform import Local
from shared.adapters.stores import open_store
from shared.decider import Service
from shared.events import SERVICES
from shared.reference.insurance import Settles
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import NEVER, STREAMS, collection
from tests.faults.history import History, RecordedEdges
from tests.faults.wire import Wire
from tests.support.town import SPANS, Town

PARTITIONS = 12


@dataclass(eq=False)
class StruckLocal(Local):
    """A local platform whose services are told where their orders come; those on a wire reach the brokers by it."""

    package: str = "tests.faults.struck"
    wired: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.orders = self.folder / "orders"
        self.wires = {service: Wire(service, number, self.brokers) for number, service in enumerate(self.wired, 1)}

    async def start_kafka(self) -> str:
        for wire in self.wires.values():
            await wire.open()
            self.open.callback(wire.close)
        listeners = [[wire.listeners[node] for wire in self.wires.values()] for node in range(self.brokers)]
        if self.brokers == 1:
            return await self.serve(Broker(self.folder / "kafka", wires=listeners[0]))
        return await self.serve_cluster(Cluster(self.folder / "kafka", wires=listeners))

    def settings(self, service: str, instance: str) -> dict[str, str]:
        told = {**super().settings(service, instance), "ONECARD_STRUCK": str(self.orders)}
        if service in self.wires and instance.endswith("-1"):
            told["ONECARD_KAFKA"] = self.wires[service].kafka
        return told

    @property
    def nodes(self) -> list[Child]:
        """The brokers."""
        return [child for name, child in self.servers.items() if name.startswith("kafka")]


class StruckTown(Town):
    """A town whose drain knows deadlines in any store."""

    @property
    def struck(self) -> StruckLocal:
        assert isinstance(self.local, StruckLocal)
        return self.local

    async def healed(self) -> None:
        """Whatever was done to it is undone: wires are whole, all that stood still goes on, all that ended runs."""
        for order in self.struck.orders.glob("*.order"):
            order.unlink()
        for wire in self.struck.wires.values():
            wire.mend()
        for child in self.local.servers.values():
            child.resume()
            if not child.running:
                await child.start()
        for name, child in self.local.processes.children.items():
            child.resume()
            if name.endswith("-1") and not child.running:
                await child.start()
            elif not name.endswith("-1"):
                await child.stop()

    async def drained(self, seconds: float = 120) -> None:
        async with asyncio.timeout(seconds):
            await self.at_rest(seconds)
            while await self._deadlines():
                await asyncio.sleep(0.5)
                await self.at_rest(seconds)

    async def _deadlines(self) -> bool:
        """Whether any stream has a deadline to come."""
        for name in SERVICES:
            service = service_of(name)
            if not isinstance(service, Service) or not service.says or service.admits:
                continue
            store = open_store(self.here.store, name)
            try:
                await store.open((collection(service), DEAD_LETTERS))
                for partition in range(PARTITIONS):
                    if await store.find(STREAMS, "due", (partition,), until=NEVER, limit=1):
                        return True
            finally:
                await store.close()
        return False


@asynccontextmanager
async def struck_town(
    folder: Path,
    history: History,
    *,
    store: str,
    brokers: int,
    wired: tuple[str, ...],
    sabotage: str,
    settles: Settles = "local",
    spans: Mapping[str, float] = SPANS,
) -> AsyncIterator[StruckTown]:
    """The town, until the block ends."""
    cities: list[City] = []

    def prepare(local: Local) -> None:
        (local.folder / "orders").mkdir()
        cities.append(write_city(local.reference, local.secrets, spans=spans, clinics=12, settles=settles))

    told = {"ONECARD_SABOTAGE": sabotage} if sabotage else {}
    async with StruckLocal(
        SERVICES,
        folder=folder,
        store=store,
        brokers=brokers,
        fresh=True,
        trace_ratio=0.0,
        prepare=prepare,
        environment=told,
        wired=wired,
    ) as local:
        here = Here(local.kafka, local.store_url, local.urls, str(local.folder), "", 0.0)
        async with (
            RecordedEdges(here.kafka, cities[0].terminal_key, history) as edges,
            httpx.AsyncClient(trust_env=False, timeout=10) as http,
        ):
            yield StruckTown(local, here, cities[0], edges, http)
