"""What the store in memory has beside the contract: going back, and failing on demand."""

from __future__ import annotations

import pytest
import pytest_asyncio

from shared.adapters.memory import MemoryStore
from shared.runtime.store import StoreUnavailable
from tests.contracts.conftest import VISITS, document


@pytest_asyncio.fixture
async def memory() -> MemoryStore:
    store = MemoryStore()
    await store.open([VISITS])
    await store.insert("visits", [document("a", due=1)])
    return store


async def test_a_snapshot_is_restored_with_its_indexes(memory: MemoryStore) -> None:
    before = memory.snapshot()
    await memory.save("visits", [document("a", 2, due=2), document("b", due=3)])
    memory.restore(before)
    assert [(one.id, one.version) for one in await memory.find("visits", "due")] == [("a", 1)]


async def test_a_snapshot_can_be_restored_twice(memory: MemoryStore) -> None:
    before = memory.snapshot()
    for _ in range(2):
        memory.restore(before)
        await memory.save("visits", [document("a", 2), document("b", due=1)])
    memory.restore(before)
    assert [one.id for one in await memory.find("visits", "due")] == ["a"]


async def test_a_failure_before_a_save_leaves_everything(memory: MemoryStore) -> None:
    memory.fail = StoreUnavailable("injected")
    with pytest.raises(StoreUnavailable):
        await memory.save("visits", [document("a", 2)])
    memory.fail = None
    assert (await memory.load("visits", ["a"]))["a"].version == 1


async def test_a_failure_after_a_save_leaves_it_saved(memory: MemoryStore) -> None:
    def lose_the_answer(call: str, done: bool) -> None:
        if (call, done) == ("save", True):
            raise StoreUnavailable("injected")

    memory.fail = lose_the_answer
    with pytest.raises(StoreUnavailable):
        await memory.save("visits", [document("a", 2)])
    assert (await memory.load("visits", ["a"]))["a"].version == 2
