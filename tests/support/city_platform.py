"""The whole platform with the demo's city, once for all tests that ask for it: starting it takes ten seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from deploy.commands.here import Here
from deploy.commands.up import platform_here
from deploy.demo.city import City
from deploy.demo.prepared import city_here, prepare_open
from deploy.local.broker import Broker
from deploy.local.platform import Local


@dataclass(frozen=True)
class CityPlatform:
    """Every service as a process on a real broker, and the city they serve. A test that ends one brings it back."""

    local: Local
    here: Here
    city: City


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def city_platform(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CityPlatform]:
    """Shares the broker with all other tests: only this platform uses the declared topics."""
    folder = tmp_path_factory.mktemp("city")
    async with platform_here(folder, kafka=broker.kafka, prepare=prepare_open) as (local, here):
        yield CityPlatform(local, here, city_here(here.secrets))
