"""One deployment for all of these tests: it takes half a minute to start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import docker
import pytest
import pytest_asyncio

from tests.containers.deployment import Deployment, deployed
from tests.containers.engine import engine


@pytest.fixture(scope="session")
def client() -> Iterator[docker.DockerClient]:
    found = engine()
    yield found
    found.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def deployment(
    client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    async with deployed(client, tmp_path_factory.mktemp("deployment")) as found:
        await found.at_rest(120)
        yield found
