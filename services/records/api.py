"""The archive over HTTP: one card's entries, who read them, and what operators compare. Only ever read.

A card is named by its card key, never by its number. See services/records/README.md.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPBearer

from services.records import queries, shown
from services.records.aliases import aliases_of
from services.records.journal import Clock, journaled
from services.records.parameters import LINES, After, Card, Cursor, EventId, Kind, Limit, Lines, Partition, Since, Until
from services.records.problem import Problem, documented
from shared.readers import LOOPBACK, OPERATOR, Readers
from shared.runtime.store import Document, Store


def router(archive: Store, journal: Store, readers: Mapping[str, str], clock: Clock | None = None) -> APIRouter:
    """The routes. `readers` maps a reader's name to the SHA-256 of their token, in hex; none: loopback clients only.

    `archive` has the collections of the archive, `journal` that of the reads; they may be one store.
    """
    kind = journaled(journal, Readers(readers), clock or _now)
    routes = APIRouter(
        route_class=kind,
        tags=["records"],
        dependencies=[Depends(HTTPBearer(auto_error=False, description="A reader's token"))],
        generate_unique_id_function=lambda route: route.name,
        responses={**documented(401, 405, 422, 500, 503), "default": {"model": Problem, "description": "Any error"}},
    )
    _for_readers(routes, archive, journal)
    _for_operators(routes, archive)

    # What is not there goes into the journal too.
    @routes.get("/cards/{rest:path}", include_in_schema=False, name="unknown")
    async def nothing_there(rest: str) -> Response:
        raise HTTPException(404)

    return routes


def _for_readers(routes: APIRouter, archive: Store, journal: Store) -> None:
    @routes.get("/cards/{card}/archive", name="archive", response_model=shown.ArchiveShown)
    async def read_archive(
        card: Card,
        *,
        kind: Kind | None = None,
        since: Since | None = None,
        until: Until | None = None,
        limit: Limit = 50,
        cursor: Cursor | None = None,
    ) -> Response:
        """One card's archive, with those of the cards it is merged with, by when things happened, a page at a time."""
        cards = await aliases_of(archive, card)
        try:
            page = await queries.archive_of(
                archive, cards, kind=kind, since=since, until=until, after=cursor, limit=limit
            )
        except ValueError:
            raise _no_cursor() from None
        return _json(shown.archive(cards, [shown.entry(one) for one in page.documents], page))

    @routes.get(
        "/cards/{card}/archive/{event}", name="entry", response_model=shown.EntryShown, responses=documented(404)
    )
    async def read_entry(card: Card, event: EventId) -> Response:
        """One entry."""
        document = await queries.entry_of(archive, await aliases_of(archive, card), event)
        if document is None:
            raise HTTPException(404)
        return _json(shown.entry(document))

    @routes.get("/cards/{card}/reads", name="reads", response_model=shown.ReadsShown)
    async def read_reads(card: Card, limit: Limit = 50, cursor: Cursor | None = None) -> Response:
        """Who read this card, answered or refused, the newest first."""
        try:
            page = await queries.reads_of(journal, card, after=cursor, limit=limit)
        except ValueError:
            raise _no_cursor() from None
        return _json(shown.page("reads", card, [one.body for one in page.documents], page))


def _for_operators(routes: APIRouter, archive: Store) -> None:
    only_operators: Any = {"dependencies": [Depends(_operator)]}
    lines: Any = {200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}, "example": shown.LINE}}}}

    @routes.get(
        "/entries", name="entries", response_class=Response, responses=lines | documented(403), **only_operators
    )
    async def read_entries(partition: Partition, after: After | None = None, limit: Lines = LINES) -> Response:
        """Per entry of a partition, by offset: partition, offset, card, id, kind and digest, as NDJSON."""
        found = queries.partition_walk(archive, partition, -1 if after is None else after, limit)
        # The first entry is read before the answer begins, so that a store that is down is a 503.
        first = await anext(found, None)
        return StreamingResponse(_lines(first, found), media_type="application/x-ndjson")

    @routes.get("/digest", name="digest", response_model=shown.DigestShown, responses=documented(403), **only_operators)
    async def read_digest() -> shown.DigestShown:
        """One digest of the whole archive: the same before and after a rebuild of the same log."""
        sum_, count = await queries.whole_digest(archive)
        return shown.DigestShown(sha256=sum_, entries=count)


def _operator(request: Request) -> None:
    if request.state.reader not in {LOOPBACK, OPERATOR}:
        raise HTTPException(403)


async def _lines(first: Document | None, rest: AsyncGenerator[Document]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        lines = [shown.line(first)] if first else []
        async for document in rest:
            lines.append(shown.line(document))
            if len(lines) >= 100:
                yield b"".join(lines)
                lines.clear()
        yield b"".join(lines)


def _no_cursor() -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", "cursor"), "msg": "Not a cursor of a page"}])


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _now() -> datetime:
    return datetime.now(UTC)
