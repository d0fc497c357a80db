"""What tests of several files start from."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.broker import Broker


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bare(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    """A broker with no topic."""
    broker = Broker(tmp_path_factory.mktemp("bare"))
    await broker.start()
    yield broker
    await broker.stop()
