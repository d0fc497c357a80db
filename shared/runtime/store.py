"""The one narrow store port: documents by id and by declared indexes, nothing else.

A document is opaque bytes with a few index fields beside it. There is no query language, no join and no
aggregation: a view that needs a count keeps it. Three adapters stand behind it (memory, SQLite, MongoDB) and
one contract suite runs on all of them.
"""

from __future__ import annotations

from collections.abc import Collection as Sized
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Protocol

from shared.unchanging import unchanging

IndexValue = str | int | None

MAX_DOCUMENT = 4 * 1024 * 1024
MOST_COUNTED = 1000
"""Where counting ends."""


class StoreUnavailable(Exception):
    """The store did not answer, or not in time. Nothing is known to be saved: rewind, back off, try again."""


@unchanging
class Document:
    """What a store keeps under one id.

    `version` counts saves: 1 for the first. Saving version n succeeds only where version n-1 is stored (nothing,
    for 1). `body` is UTF-8 JSON the store never looks into, at most 4 MiB. `index` holds the values of the fields
    that declared indexes name; a missing or None field keeps the document out of every index that names it.
    `token` is unique to the save that wrote the document, so a writer can tell its own save from another's.
    """

    id: str
    version: int
    body: bytes
    index: Mapping[str, IndexValue] = field(default_factory=dict)
    token: str = ""


@unchanging
class Index:
    """A declared index: equality on all fields but the last, then a range on the last, sorted by (last, id)."""

    name: str
    fields: tuple[str, ...]


@unchanging
class Collection:
    """One set of documents and the indexes they can be found by. Field types are str or 64-bit int, per field."""

    name: str
    indexes: tuple[Index, ...] = ()


class Store(Protocol):
    """One service's own database. Every method raises StoreUnavailable when the store can't be reached."""

    async def open(self, collections: Sequence[Collection]) -> None:
        """Connect, and create what is missing. Safe to call again."""

    async def close(self) -> None: ...

    async def ping(self) -> None:
        """Return when the store answered within two seconds; raise StoreUnavailable otherwise."""

    async def load(self, collection: str, ids: Sized[str]) -> dict[str, Document]:
        """The stored documents among `ids`, in one query (or a few bounded ones)."""

    async def insert(self, collection: str, documents: Sequence[Document]) -> set[str]:
        """Insert those whose id is free, durably; the taken ids are returned and left as they were."""

    async def save(self, collection: str, documents: Sequence[Document]) -> set[str]:
        """Compare-and-set, durably, in one bulk write: the ids that lost the race are returned, all others are saved.

        At most one document per id in a call. A writer that loses changes nothing of the other's document.
        """

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
        """Documents whose leading index fields equal `equals`, sorted by (last field, id), at most `limit`.

        `since` is inclusive and `until` exclusive on the last field; `after` is the (value, id) of the last
        document of the page before, exclusive, in the direction of the sort.
        """

    async def count(
        self, collection: str, index: str, equals: Sequence[IndexValue] = (), *, limit: int = MOST_COUNTED
    ) -> int:
        """How many documents `find` could give, at most `limit`; none of them is read."""
