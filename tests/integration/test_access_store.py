"""Each service has a user of the store, who may use that service's databases and no other; on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.access.stores import ADMIN, declare_stores, store_address, store_file
from deploy.local.secured import SecuredStore
from shared.adapters.mongo import MongoStore
from shared.adapters.stores import database
from shared.runtime.store import Collection, Document, StoreUnavailable

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

REFUSED = "it refused the user; check name, password and rights"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SecuredStore]:
    folder = tmp_path_factory.mktemp("guarded")
    store = SecuredStore(folder / "store", folder / "secrets")
    await store.start()
    yield store
    await store.stop()


@pytest.mark.parametrize("of", ["lab", "records", "records_journal"])
async def test_a_service_uses_its_own_databases(guarded: SecuredStore, of: str) -> None:
    await use(store_address(guarded.secrets, of.partition("_")[0]), of)


@pytest.mark.parametrize("of", ["pharmacy", "records_journal"])
async def test_a_service_may_not_use_what_is_of_another(guarded: SecuredStore, of: str) -> None:
    with pytest.raises(StoreUnavailable, match=REFUSED):
        await use(store_address(guarded.secrets, "lab"), of)


async def test_a_wrong_password_is_refused_without_being_shown(guarded: SecuredStore) -> None:
    with pytest.raises(StoreUnavailable, match=REFUSED) as refused:
        await use(store_address(guarded.secrets, "lab").replace("lab:", "lab:wrong"), "lab")
    assert "wrong" not in str(refused.value)


async def test_nobody_comes_in_without_a_name(guarded: SecuredStore) -> None:
    with pytest.raises(StoreUnavailable, match=REFUSED):
        await use(guarded.url, "lab")


async def test_a_new_password_ends_the_old_one(guarded: SecuredStore) -> None:
    old = store_address(guarded.secrets, "billing")
    store_file(guarded.secrets, "billing").unlink()
    await declare_stores(store_address(guarded.secrets, ADMIN), guarded.secrets, ["billing"])
    await use(store_address(guarded.secrets, "billing"), "billing")
    with pytest.raises(StoreUnavailable, match=REFUSED):
        await use(old, "billing")


async def test_users_are_there_after_a_restart(guarded: SecuredStore) -> None:
    await guarded.restart()
    await use(store_address(guarded.secrets, "intake"), "intake")


async def use(url: str, service: str) -> None:
    """Open a service's database as the service does, and keep something there."""
    store = MongoStore(url, database(service))
    try:
        await store.open([Collection("kept")])
        await store.insert("kept", [Document(uuid4().hex, 1, b"{}", {}, "")])
    finally:
        await store.close()
