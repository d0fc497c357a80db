"""The platform as it is deployed: the compose files and the built images, asked from outside like any edge would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import docker
import httpx
from docker.models.containers import Container

from deploy.commands.here import Here
from deploy.demo.city import City, write_city
from deploy.edges import Edges
from deploy.local.addresses import free_ports
from shared.events import SERVICES
from tests.containers.engine import COMPOSE, ONECARD, PROJECT, Compose, swept
from tests.support.town import Reached, eventually

SPANS = {"ask": 30.0, "done": 300.0, "lapse": 600.0, "critical": 600.0}
"""Seconds: nobody is refused because the machine was busy."""
STORE = "mongodb://store:27017/?directConnection=true"
LAYERS = ("platform", "services", "observability", "tests")


@dataclass(frozen=True)
class Deployment(Reached):
    """Every service in a container of its own. `images` are those that are not the one of this checkout."""

    compose: Compose
    ports: dict[str, int]
    own: Path
    here: Here
    city: City
    edges: Edges
    http: httpx.AsyncClient = field(repr=False)
    images: dict[str, str] = field(default_factory=dict)

    def container(self, part: str) -> Container:
        return self.compose.container(part)

    async def stop(self, part: str) -> None:
        """As an operator stops it: it may finish what it has in hand."""
        await asyncio.to_thread(self.container(part).stop, timeout=45)

    async def kill(self, part: str) -> None:
        await asyncio.to_thread(self.container(part).kill)

    async def start(self, part: str) -> None:
        await asyncio.to_thread(self.container(part).start)

    async def cut_off(self, part: str) -> None:
        """It can't reach anybody, and nobody it."""
        network = self.compose.client.networks.get(self.compose.network)
        await asyncio.to_thread(network.disconnect, self.container(part))

    async def join(self, part: str) -> None:
        network = self.compose.client.networks.get(self.compose.network)
        await asyncio.to_thread(network.connect, self.container(part), aliases=[part])

    async def roll(self, service: str, image: str) -> None:
        """Replace a service's container by one of another image, as `compose up` does it, and wait until it is ready
        or says why it is not."""
        self.images[service] = image
        self.write()
        await self.compose.run("up", "-d", "--no-deps", service)

    @asynccontextmanager
    async def another(self, service: str) -> AsyncIterator[Container]:
        """One more container of a service, told the same, until the block ends."""
        config, host = (self.container(service).attrs[part] for part in ("Config", "HostConfig"))
        found: Container = await asyncio.to_thread(
            self.compose.client.containers.run,
            config["Image"],
            config["Cmd"],
            environment=config["Env"],
            volumes=host["Binds"],
            network=self.compose.network,
            read_only=True,
            tmpfs={"/tmp": ""},
            cap_drop=["ALL"],
            labels={PROJECT: self.compose.project},
            detach=True,
        )
        try:
            yield found
        finally:
            await asyncio.to_thread(found.stop, timeout=45)
            await asyncio.to_thread(found.remove)

    async def ready(self, service: str, seconds: float = 60) -> None:
        async def is_ready() -> bool:
            return bool((await self.readiness(service)).get("ready"))

        await eventually(is_ready, seconds)

    async def onecard(self, *arguments: str, among: tuple[int, ...] = (0,)) -> Any:
        """What an operator is told by a command, from a container of their own."""
        printed = await self.compose.run("run", "--rm", "-T", "operator", *arguments, "--json", among=among)
        return json.loads(printed)

    async def clean(self, *options: str) -> None:
        """Once everything is done, the check finds nothing wrong and nothing that waits."""
        await self.at_rest(120)
        found = await self.onecard("check", *options, among=(0, 1, 2, 3))
        assert found["status"] == 0, found

    def write(self) -> None:
        """What differs from the files that ship: a port on loopback for each service, and images under test."""
        services = {
            name: {
                **({"ports": [f"127.0.0.1:{self.ports[name]}:8080"]} if name in self.ports else {}),
                **({"image": self.images[name]} if name in self.images else {}),
            }
            for name in (*SERVICES, *self.images)
        }
        self.own.write_text(json.dumps({"version": "3.8", "services": services}), encoding="utf-8")


@asynccontextmanager
async def deployed(client: docker.DockerClient, folder: Path) -> AsyncIterator[Deployment]:
    """All of it in an empty folder, until the block ends. Nothing is left behind."""
    names = [name for name in SERVICES if name not in ("guide", "records")]
    kafka, guide, records, prometheus, *rest = free_ports(4 + len(names))
    ports = dict(zip(names, rest, strict=True))
    urls = {name: f"http://127.0.0.1:{port}" for name, port in {**ports, "guide": guide, "records": records}.items()}
    here = Here(f"localhost:{kafka}", STORE, urls, str(folder), trace_ratio=0.0, secured=True)
    here.reference.mkdir()
    city = write_city(here.reference, here.secrets, spans=SPANS, clinics=12)
    told = {
        "ONECARD_FOLDER": str(folder),
        "ONECARD_IMAGE": ONECARD,
        "ONECARD_KAFKA_PORT": str(kafka),
        "ONECARD_GUIDE_PORT": str(guide),
        "ONECARD_RECORDS_PORT": str(records),
        "ONECARD_STORE": STORE,
        "ONECARD_PROMETHEUS_IMAGE": "onecard-prometheus:local",
        "PROMETHEUS_PORT": str(prometheus),
    }
    own = folder / "own.yaml"
    compose = Compose(client, f"onecard-{uuid4().hex[:8]}", [*(COMPOSE / f"{name}.yaml" for name in LAYERS), own], told)
    preparing = Compose(client, compose.project, [COMPOSE / "prepare.yaml"], told)
    try:
        await preparing.run("run", "--rm", "-T", "prepare")
        found = Deployment(compose, ports, own, here, city, cast("Edges", None), cast("httpx.AsyncClient", None))
        found.write()
        await compose.run("up", "-d", *SERVICES)
        async with (
            httpx.AsyncClient(trust_env=False, timeout=10) as http,
            Edges(here.access("edge"), city.terminal_key) as edges,
        ):
            yield Deployment(compose, ports, own, here, city, edges, http, found.images)
    finally:
        await asyncio.to_thread(swept, client, compose.project)
