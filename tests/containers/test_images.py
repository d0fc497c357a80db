"""What every container is: small, nobody special, and unable to change what it runs."""

from __future__ import annotations

import docker
import pytest

from deploy.docs.compose import SECRETS
from shared.events import SERVICES
from tests.containers.deployment import Deployment
from tests.containers.engine import ONECARD
from tests.support.town import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

BASE = "debian:bookworm-slim"
MOST = 150_000_000
"""Bytes of the image above its base: Python, the libraries, the services."""


async def test_the_image_adds_little_to_its_base(client: docker.DockerClient) -> None:
    image, base = (client.images.get(name).attrs["Size"] for name in (ONECARD, BASE))
    assert image - base < MOST


@pytest.mark.parametrize("part", [*SERVICES, "kafka"])
async def test_a_container_is_not_root_and_has_no_special_power(deployment: Deployment, part: str) -> None:
    container = deployment.container(part)
    host = container.attrs["HostConfig"]
    assert container.attrs["Config"]["User"] == "10001:10001"
    assert (host["CapDrop"], host["CapAdd"], host["Privileged"]) == (["ALL"], None, False)
    assert "no-new-privileges:true" in host["SecurityOpt"]


@pytest.mark.parametrize("part", [*SERVICES, "kafka"])
async def test_a_container_cannot_change_what_it_runs(deployment: Deployment, part: str) -> None:
    found = deployment.container(part).exec_run(["sh", "-c", "touch /opt/changed"], user="0")
    assert (found.exit_code != 0, "Read-only file system" in found.output.decode()) == (True, True)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_is_healthy(deployment: Deployment, service: str) -> None:
    async def healthy() -> bool:
        return bool(deployment.container(service).attrs["State"]["Health"]["Status"] == "healthy")

    await eventually(healthy, 60)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_has_only_its_own_secrets(deployment: Deployment, service: str) -> None:
    found = deployment.container(service).exec_run(["ls", "/run/secrets"])
    needed = {"ca.pem", "password", "store", *SECRETS.get(service, ())}
    assert set(found.output.decode().split()) == needed


async def test_only_loopback_is_listened_on_outside(deployment: Deployment) -> None:
    listed = [deployment.container(part).attrs["NetworkSettings"]["Ports"] for part in (*SERVICES, "kafka", "store")]
    bound = [one["HostIp"] for ports in listed for bindings in ports.values() for one in bindings or ()]
    assert set(bound) == {"127.0.0.1"}
