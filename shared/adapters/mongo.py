"""A store in a MongoDB replica set, through motor: what deployments use. No other module knows the driver.

A write is done when a majority of the members has it in its journal; reads see only such writes, at the primary.
The body is stored as binary: exact, and never decoded on the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection as Sized
from collections.abc import Mapping, Sequence

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError, CollectionInvalid, OperationFailure

from shared.adapters.declared import Declared, declare
from shared.adapters.mongo_failures import CALL_SECONDS, taken, told
from shared.adapters.mongo_rows import Row, document_of, index_keys, index_members, index_name, row_of, search
from shared.runtime.store import MOST_COUNTED, Collection, Document, IndexValue, StoreUnavailable

_SCRATCH = ".rebuild"
_EXCHANGING = "onecard.exchange"
_IDS_IN_A_QUERY = 500
_PING_SECONDS = 2
_EXISTS = 48


class MongoStore:
    """One service's database. `scratch` is the set of collections a rebuild writes into, emptied when first opened."""

    def __init__(self, url: str, database: str, *, scratch: bool = False) -> None:
        self._url = url
        self._name = database
        self._ending = _SCRATCH if scratch else ""
        self._fresh = scratch
        self._declared: dict[str, Declared] = {}
        self._client: AsyncIOMotorClient[Row] | None = None

    async def open(self, collections: Sequence[Collection]) -> None:
        declared, was_open = declare(collections), self._client is not None
        self._client = self._client or _connect(self._url)
        try:
            with told():
                await self._create(self._client[self._name], declared)
        except BaseException:
            if not was_open:
                await self.close()
            raise
        self._declared |= declared

    async def _create(self, database: AsyncIOMotorDatabase[Row], declared: Mapping[str, Declared]) -> None:
        there = set(await database.list_collection_names())
        if _EXCHANGING in there and not self._ending:
            raise StoreUnavailable(f"an exchange of {self._name} was interrupted; exchange its store again")
        for name in [name for name in there if self._fresh and name.endswith(_SCRATCH)]:
            await database.drop_collection(name)
        self._fresh = False
        for one in declared.values():
            await _create(database, one, one.name + self._ending)

    async def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    async def ping(self) -> None:
        client = self._connected()
        try:
            with told():
                await asyncio.wait_for(client.admin.command("ping"), _PING_SECONDS)
        except TimeoutError:
            raise StoreUnavailable(f"the store did not answer within {_PING_SECONDS} s; is it running?") from None

    async def load(self, collection: str, ids: Sized[str]) -> dict[str, Document]:
        rows, declared, wanted = self._rows(collection), self._declared[collection], list(ids)
        found = {}
        with told():
            for first in range(0, len(wanted), _IDS_IN_A_QUERY):
                some = wanted[first : first + _IDS_IN_A_QUERY]
                async for row in rows.find({"_id": {"$in": some}}, batch_size=len(some) + 1):
                    found[row["_id"]] = document_of(declared, row)
        return found

    async def insert(self, collection: str, documents: Sequence[Document]) -> set[str]:
        rows, admitted = self._rows(collection), self._declared[collection].admit(documents)
        if not admitted:
            return set()
        with told():
            try:
                await rows.insert_many([row_of(document) for document in admitted], ordered=False)
            except BulkWriteError as error:
                return {admitted[place].id for place in taken(error)}
        return set()

    async def save(self, collection: str, documents: Sequence[Document]) -> set[str]:
        rows, admitted = self._rows(collection), self._declared[collection].admit(documents)
        if not admitted:
            return set()
        # Never an upsert: on a version above 1 it would bring back a document that is not there.
        writes = [_write(document) for document in admitted]
        with told():
            try:
                answer = await rows.bulk_write(writes, ordered=False)
                if answer.inserted_count + answer.matched_count == len(admitted):
                    return set()
            except BulkWriteError as error:
                taken(error)
        return await self._lost(rows, admitted)

    async def _lost(self, rows: AsyncIOMotorCollection[Row], saved: Sequence[Document]) -> set[str]:
        # The answer only counts, so the tokens say which documents matched. One that matched and has been saved over
        # since then counts as lost, which is safe: its writer reads it again and finds its own work in it.
        stored = {}
        with told():
            some = [document.id for document in saved]
            async for row in rows.find({"_id": {"$in": some}}, {"version": 1, "token": 1}, batch_size=len(some) + 1):
                stored[row["_id"]] = row["version"], row["token"]
        return {mine.id for mine in saved if stored.get(mine.id) != (mine.version, mine.token)}

    async def find(
        self,
        collection: str,
        index: str,
        equals: Sequence[IndexValue] = (),
        *,
        since: IndexValue = None,
        until: IndexValue = None,
        after: tuple[IndexValue, str] | None = None,
        descending: bool = False,
        limit: int = 100,
    ) -> list[Document]:
        rows, declared = self._rows(collection), self._declared[collection]
        named = declared.index(index, equals)
        if limit <= 0 or None in equals:
            return []
        wanted = search(named, equals, since=since, until=until, after=after, descending=descending)
        order = [(field, -1 if descending else 1) for field in (named.fields[-1], "_id")]
        with told():
            found = await rows.find(wanted, sort=order, limit=limit).to_list(limit)
        return [document_of(declared, row) for row in found]

    async def count(
        self, collection: str, index: str, equals: Sequence[IndexValue] = (), *, limit: int = MOST_COUNTED
    ) -> int:
        rows, named = self._rows(collection), self._declared[collection].index(index, equals)
        if None in equals:
            return 0
        wanted = search(named, equals, since=None, until=None, after=None, descending=False)
        with told():
            return await rows.count_documents(wanted, limit=limit)

    def _rows(self, collection: str) -> AsyncIOMotorCollection[Row]:
        client = self._connected()
        return client[self._name][self._declared[collection].name + self._ending]

    def _connected(self) -> AsyncIOMotorClient[Row]:
        if self._client is None:
            raise StoreUnavailable(f"{self._name} is not open")
        return self._client


async def exchange(url: str, database: str) -> None:
    """Rename every scratch collection to its live name. No process may have the database open.

    The collection `onecard.exchange` is there from the first rename to the last; while it is, no live store opens.
    A crash half way is repaired by doing it again. LookupError when there is nothing to put in place.
    """
    client = _connect(url)
    try:
        with told():
            there = set(await client[database].list_collection_names())
            scratch = sorted(name for name in there if name.endswith(_SCRATCH))
            if not scratch and _EXCHANGING not in there:
                raise LookupError(f"there is no rebuilt store of {database} to put in place; rebuild first")
            if _EXCHANGING not in there:
                await client[database].create_collection(_EXCHANGING)
            for name in scratch:
                await client[database][name].rename(name.removesuffix(_SCRATCH), dropTarget=True)
            await client[database].drop_collection(_EXCHANGING)
    finally:
        client.close()


def _connect(url: str) -> AsyncIOMotorClient[Row]:
    return AsyncIOMotorClient(
        url,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        readPreference="primary",
        timeoutMS=CALL_SECONDS * 1000,
    )


async def _create(database: AsyncIOMotorDatabase[Row], declared: Declared, name: str) -> None:
    try:
        # Even one without documents has to be there, or an exchange would leave the old one in place.
        await database.create_collection(name)
    except (CollectionInvalid, OperationFailure) as error:
        # The driver looks first; another process may still come between.
        if isinstance(error, OperationFailure) and error.code != _EXISTS:
            raise
    for index in declared.indexes.values():
        await database[name].create_index(
            index_keys(index), name=index_name(index), partialFilterExpression=index_members(index)
        )


def _write(document: Document) -> InsertOne[Row] | ReplaceOne[Row]:
    if document.version == 1:
        return InsertOne(row_of(document))
    return ReplaceOne({"_id": document.id, "version": document.version - 1}, row_of(document), upsert=False)
