"""What many suites share. The broker starts with the first test that asks for it and serves all of them."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from deploy.local.broker import Broker
from tests.support.city_platform import CityPlatform, city_platform
from tests.support.topics import OwnTopics, own_topics

__all__ = ["CityPlatform", "city_platform"]

# The same examples for every commit; LAWS=long looks for new ones.
# How fast examples are made says something of the machine and nothing of a law.
settings.register_profile("fixed", derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", derandomize=False, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("long" if os.environ.get("LAWS") == "long" else "fixed")


LAST = ("faults", "integration", "telemetry", "journeys")
"""The folders whose tests start processes. The towns of the last two stay up from the first test that asks for one to
the end, and take a part of the processor also from tests that need none of them; so those go first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pure suites first. Within a folder nothing moves."""
    here = Path(__file__).parent
    items.sort(key=lambda item: LAST.index(name) if (name := item.path.relative_to(here).parts[0]) in LAST else -1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    """A real broker. A test may kill or stop it, and leaves it running."""
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    await broker.start()
    yield broker
    await broker.stop()


@pytest_asyncio.fixture
async def topics(broker: Broker) -> OwnTopics:
    """Three topics that no other test uses, of three partitions each."""
    return await own_topics(broker.kafka)
