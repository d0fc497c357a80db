"""The container engine of this machine, and what these tests left on it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# No helper container sweeps behind the tests: what they start is swept by its label, in `swept`.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

import docker
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container

CHECKOUT = Path(__file__).parents[2]
COMPOSE = CHECKOUT / "deploy" / "compose"
ONECARD, IMAGES = "onecard:local", tuple(f"onecard{part}:local" for part in ("", "-kafka", "-secantus", "-prometheus"))
PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"


class NoEngineError(RuntimeError):
    """These tests never pass over what they can't try."""


def engine() -> docker.DockerClient:
    """The engine, with the images of this checkout. NoEngineError says what to do."""
    try:
        client = docker.from_env(timeout=120)
        client.ping()
    except DockerException as error:
        raise NoEngineError("no container engine answers; deploy/images/engine.sh starts one: make engine") from error
    try:
        for image in IMAGES:
            client.images.get(image)
    except ImageNotFound as error:
        raise NoEngineError(f"an image is missing, {error.explanation}: make images") from error
    return client


def compose_command() -> list[str]:
    """Compose is the engine's plugin, or the program it used to be."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if plugin.returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise NoEngineError("neither `docker compose` nor docker-compose is there: make engine")


class Compose:
    """One project of the compose files that are deployed. `told` are their variables."""

    def __init__(self, client: docker.DockerClient, project: str, files: Sequence[Path], told: Mapping[str, str]):
        self.client, self.project, self.files = client, project, files
        self.environment = {**os.environ, **told}
        self.command = compose_command()

    async def run(self, *arguments: str, among: tuple[int, ...] = (0,)) -> str:
        """One call of compose; what it printed. AssertionError when it ends otherwise."""
        files = [word for file in self.files for word in ("-f", str(file))]
        command = [*self.command, "-p", self.project, *files, *arguments]
        done = await asyncio.to_thread(
            subprocess.run, command, env=self.environment, cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
        assert done.returncode in among, f"{arguments} ended with {done.returncode}\n{done.stdout}{done.stderr[-4000:]}"
        return done.stdout

    def container(self, service: str) -> Container:
        """The container of a part, running or not."""
        labels = [f"{PROJECT}={self.project}", f"{SERVICE}={service}"]
        (found,) = self.client.containers.list(all=True, filters={"label": labels})
        return found

    @property
    def network(self) -> str:
        return f"{self.project}_default"


def swept(client: docker.DockerClient, project: str) -> None:
    """Nothing of a project is left: no container, network or volume."""
    labelled = {"label": f"{PROJECT}={project}"}
    for container in client.containers.list(all=True, filters=labelled):
        container.remove(force=True, v=True)
    for network in client.networks.list(filters=labelled):
        network.remove()
    for volume in client.volumes.list(filters=labelled):
        volume.remove(force=True)
