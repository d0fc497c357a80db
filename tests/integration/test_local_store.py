"""The MongoDB-speaking store as a child process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.stores import Store

pytestmark = pytest.mark.integration


async def test_the_store_keeps_what_it_acknowledged_when_it_is_killed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.start()
    try:
        async with documents(store) as before:
            await before.insert_many([{"_id": number} for number in range(200)])
        store.kill()
        await store.start()
        async with documents(store) as after:
            kept = await after.count_documents({})
    finally:
        await store.stop()
    assert kept == 200


@asynccontextmanager
async def documents(store: Store) -> AsyncIterator[Any]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(store.url)
    yield client["test"]["kept"]
    client.close()
