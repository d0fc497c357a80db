"""The whole project on one machine: broker, topics, store, trace server and services, up in that order and down again.

async with Local(["intake", "registration", "records"]) as local:
    print(local.kafka, local.urls["records"])
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.broker import Broker
from deploy.local.child import Child
from deploy.local.cluster import NODES, Cluster
from deploy.local.folder import taken
from deploy.local.jars import CHECKOUT
from deploy.local.processes import Processes
from deploy.local.secured import KAFKA, STORE, SecuredBroker, SecuredStore, kafka_told, store_told
from deploy.local.stores import Store
from deploy.local.topics import declare
from deploy.local.zipkin import Zipkin


@dataclass(frozen=True)
class Part:
    """One child as `status()` shows it. The state is running, stopped, or ended with its exit code."""

    name: str
    state: str
    pid: int | None
    address: str
    log: Path


@dataclass(eq=False)
class Local:
    """A service named twice runs as two processes. What is left in `folder` is gone on with, unless `fresh`.

    `kafka` is the host:port of a broker (more with commas) to use instead of own ones, of which there may be 1 or 3;
    `servers` then has `kafka`, or `kafka-1` to `kafka-3`. `store` is `sqlite`, `mongodb` (an own server)
    or a `mongodb://` address. `trace_ratio` is the share of visits traced, 0 to 1. `prepare` fills the folders
    `reference` and `secrets` before anything starts. A `secured` platform has an own broker with users, one for each
    service and one for the edges; their passwords are files in `secrets/kafka` (and `secrets/store`, for `mongodb`).
    `servers` holds `kafka`, `store` and `zipkin` where they are own.
    Whatever ends the block, an error or Ctrl-C, nothing keeps running.
    """

    services: Sequence[str] = ()
    _: KW_ONLY
    folder: Path = CHECKOUT / ".onecard" / "local"
    kafka: str = ""
    brokers: int = 1
    store: str = "sqlite"
    traces: bool = False
    trace_ratio: float = 0.01
    fresh: bool = False
    secured: bool = False
    prepare: "Callable[[Local], None] | None" = None
    environment: Mapping[str, str] = field(default_factory=dict)
    package: str = "services"

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self.reference = self.folder / "reference"
        self.secrets = self.folder / "secrets"
        self.processes = Processes(self.folder / "logs")
        self.store_url = ""
        self.zipkin_url = ""
        self.servers: dict[str, Child] = {}
        self.open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            self.open.enter_context(taken(self.folder, fresh=self.fresh))
            self.reference.mkdir(exist_ok=True)
            self.secrets.mkdir(mode=0o700, exist_ok=True)
            if self.prepare:
                self.prepare(self)
            if self.secured:
                await self.start_secured()
            else:
                self.kafka = self.kafka or await self.start_kafka()
                await declare(self.kafka, replicas=self.brokers)
            self.store_url = await self.start_store()
            self.zipkin_url = await self.serve(Zipkin(self.folder / "zipkin")) if self.traces else ""
            await self.start_services()
        except BaseException:
            await self.open.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.open.aclose()

    @property
    def urls(self) -> dict[str, str]:
        """The address of each service's first process; `processes.urls` has those of all."""
        return {service: self.processes.urls[f"{service}-1"] for service in self.services}

    def status(self) -> list[Part]:
        children = [*self.servers.values(), *self.processes.children.values()]
        return [Part(child.name, state(child), child.pid, child.address, child.log) for child in children]

    async def start_kafka(self) -> str:
        match self.brokers:
            case 1:
                return await self.serve(Broker(self.folder / "kafka"))
            case 3:
                return await self.serve_cluster(Cluster(self.folder / "kafka"))
            case other:
                raise ValueError(f"there are 1 or {NODES} brokers, not {other}")

    async def serve_cluster(self, cluster: Cluster) -> str:
        self.servers |= {broker.name: broker for broker in cluster.brokers}
        self.open.push_async_callback(cluster.stop)
        await cluster.start()
        return cluster.kafka

    async def start_secured(self) -> None:
        if self.kafka or self.brokers != 1:
            raise ValueError("a secured platform has one broker, its own")
        broker = SecuredBroker(self.folder / "kafka", self.secrets / KAFKA)
        self.kafka = await self.serve(broker)
        await broker.declare()

    async def start_store(self) -> str:
        match self.store:
            case "sqlite":
                folder = self.folder / "sqlite"
                folder.mkdir(exist_ok=True)
                return f"sqlite:{folder}"
            case "mongodb" if self.secured:
                return await self.serve(SecuredStore(self.folder / "mongodb", self.secrets / STORE))
            case "mongodb":
                return await self.serve(Store(self.folder / "mongodb"))
            case address if address.startswith("mongodb://") and not self.secured:
                return address
            case other:
                raise ValueError(f"the store is sqlite, mongodb or a mongodb:// address, not {other}")

    async def serve(self, child: Child) -> str:
        self.servers[child.name] = child
        await child.start()
        self.open.push_async_callback(child.stop)
        return child.address

    async def start_services(self) -> None:
        counted: Counter[str] = Counter()
        for service in self.services:
            counted[service] += 1
            instance = f"{service}-{counted[service]}"
            self.processes.add(instance, f"{self.package}.{service}", self.settings(service, instance))
        self.open.push_async_callback(self.processes.stop)
        await self.processes.start()

    def settings(self, service: str, instance: str) -> dict[str, str]:
        """What a service is told; its HTTP address is added by Processes."""
        return {
            "ONECARD_SERVICE": service,
            "ONECARD_INSTANCE": instance,
            "ONECARD_REFERENCE": str(self.reference),
            "ONECARD_SECRETS": str(self.secrets),
            "ONECARD_TRACES": f"zipkin:{self.zipkin_url}/api/v2/spans" if self.zipkin_url else "",
            "ONECARD_TRACE_RATIO": str(self.trace_ratio),
            **kafka_told(self.kafka, self.secrets, service, secured=self.secured),
            **store_told(self.store_url, self.secrets, service, secured=self.secured),
            **self.environment,
        }


def state(child: Child) -> str:
    if child.running:
        return "running"
    return f"ended with {child.exit_code}" if child.failed else "stopped"
