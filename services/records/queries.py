"""What can be asked of the archive, over the store port alone. Every page is bounded in entries and in bytes."""

from __future__ import annotations

import base64
import heapq
import re
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from hashlib import sha256

from services.records.archive import OFFSETS
from shared.runtime.store import Collection, Document, Index, IndexValue, Store

ENTRIES = Collection(
    "entries",
    (
        Index("by_card", ("card", "happened")),
        Index("by_kind", ("card", "kind", "happened")),
        Index("by_position", ("position",)),
    ),
)
READS = Collection("reads", (Index("by_card", ("card", "at")),))

PAGE_BYTES = 1024 * 1024
"""A page ends before the entry that would make it larger; the first entry of a page is always in it."""

Place = tuple[IndexValue, str]

_CHUNK = 50  # At most 28 MiB of the largest entries are in memory for one reader.
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_ENTRY = re.compile(rf"({_MOMENT}#\d{{12,19}}) ([0-9a-f]{{64}}/[0-9a-f-]{{36}})", re.ASCII)
_READ = re.compile(rf"({_MOMENT}) ([0-9a-f]{{64}}/[0-9a-f-]{{36}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """Documents in order, and the cursor of the page after; None when this is the last one."""

    documents: tuple[Document, ...]
    next: str | None


async def archive_of(
    store: Store,
    cards: Sequence[str],
    *,
    kind: str | None,
    since: str | None,
    until: str | None,
    after: str | None,
    limit: int,
) -> Page:
    """The entries of the cards of one person by when they happened, those of one moment in log order.

    `since` is inclusive, `until` exclusive, both as UTC text: a moment sorts before all that happened in it. `after` is
    a cursor.

    ValueError for a cursor nobody was given. An entry that becomes known late stands where it happened: a reader who
    is past that place sees it the next time they start from the beginning.
    """
    index = "by_card" if kind is None else "by_kind"
    place = None if after is None else _place(_ENTRY, after)
    chunk = max(2, _CHUNK // len(cards))
    each = [
        _each(
            store, index, (card,) if kind is None else (card, kind),
            since=since, until=until, after=place, limit=limit + 1, chunk=chunk,
        )
        for card in cards
    ]  # fmt: skip
    documents: list[Document] = []
    size = 0
    async with aclosing(_merged(each, "happened")) as found:
        async for document in found:
            size += len(document.body)
            if documents and (len(documents) == limit or size > PAGE_BYTES):
                return Page(tuple(documents), _cursor(documents[-1], "happened"))
            documents.append(document)
    return Page(tuple(documents), None)


async def entry_of(store: Store, cards: Sequence[str], event: str) -> Document | None:
    """The entry of one event of the cards of one person."""
    found = await store.load(ENTRIES.name, [f"{card}/{event}" for card in cards])
    return next(iter(found.values()), None)


async def reads_of(store: Store, card: str, *, after: str | None, limit: int) -> Page:
    """Who read one card, the newest first. ValueError for a cursor nobody was given."""
    place = None if after is None else _place(_READ, after)
    found = await store.find(READS.name, "by_card", (card,), after=place, descending=True, limit=limit + 1)
    return Page(tuple(found[:limit]), _cursor(found[limit - 1], "at") if len(found) > limit else None)


def partition_walk(store: Store, partition: int, after: int, limit: int) -> AsyncGenerator[Document]:
    """At most `limit` entries of one partition whose offset is above `after`, by offset."""
    start = partition * OFFSETS
    return _each(store, "by_position", since=start + after + 1, until=start + OFFSETS, limit=limit)


async def whole_digest(store: Store) -> tuple[str, int]:
    """SHA-256 over `id LF body LF` of every entry in log order, and how many there are.

    The same log gives the same digest, however often and in whatever batches it was folded.
    """
    sum_, count = sha256(), 0
    async for document in _each(store, "by_position"):
        sum_.update(b"%b\n%b\n" % (document.id.encode(), document.body))
        count += 1
    return sum_.hexdigest(), count


async def _each(
    store: Store,
    index: str,
    equals: Sequence[str] = (),
    *,
    since: IndexValue = None,
    until: IndexValue = None,
    after: Place | None = None,
    limit: int = sys.maxsize,
    chunk: int = _CHUNK,
) -> AsyncGenerator[Document]:
    """Entries in the order of an index, read in chunks, so that one reader never holds more than a chunk."""
    last = next(one for one in ENTRIES.indexes if one.name == index).fields[-1]
    while limit > 0:
        wanted = min(chunk, limit)
        found = await store.find(ENTRIES.name, index, equals, since=since, until=until, after=after, limit=wanted)
        for document in found:
            yield document
        if len(found) < wanted:
            return
        after, limit = (found[-1].index[last], found[-1].id), limit - wanted


async def _merged(each: Sequence[AsyncGenerator[Document]], field: str) -> AsyncGenerator[Document]:
    """Documents of several walks in the one order of all of them: by the field, then by id."""
    heads: list[tuple[IndexValue, str, int, Document]] = []
    async with AsyncExitStack() as open_:
        for walk in each:
            await open_.enter_async_context(aclosing(walk))

        async def advance(number: int) -> None:
            document = await anext(each[number], None)
            if document is not None:
                heapq.heappush(heads, (document.index[field], document.id, number, document))

        for number in range(len(each)):
            await advance(number)
        while heads:
            _, _, number, document = heapq.heappop(heads)
            yield document
            await advance(number)


def _cursor(document: Document, field: str) -> str:
    last = f"{document.index[field]} {document.id}"
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def _place(last: re.Pattern[str], cursor: str) -> Place:
    # Strict both ways: a cursor has one spelling, so two that differ are two places.
    text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    match = last.fullmatch(text)
    if match is None:
        raise ValueError("not a cursor")
    return match[1], match[2]
