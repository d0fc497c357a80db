"""What edges ask guide over HTTP: where a visit stands, what became of a request, what a desk has to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.guide.api_queues import about_queues
from services.guide.desks import Desk, items, with_overdue
from services.guide.pace import Pace
from services.guide.problems import GuideRoute, problem
from services.guide.queries import Queries, Seen, cursor_of, place_of
from services.guide.replies import EVENTS, as_json, as_stream, problems, told_as
from services.guide.shapes import State
from services.guide.streams import Live, desk_events, visit_events
from services.guide.told import Answer, VisitNamed, VisitStanding, Work, WorkPage
from services.guide.view import answer, told
from shared.events.base import CardKeyText, Code, EventID
from shared.readers import Readers
from shared.runtime.changes import Changes
from shared.runtime.store import Document, Store

Card = Annotated[CardKeyText, Path(description="The card key: 64 hex.")]
Visit = Annotated[EventID, Path(description="The id of the request that opened the visit.")]
Institution = Annotated[Code, Path(description="The institution's code.")]

MOST_NAMED = 20


class Page(BaseModel):
    """One page of a list."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


class IrregularPage(Page):
    """One page of the irregular acts of one institution."""

    institution: Code


def local_now() -> datetime:
    return datetime.now(UTC)


def router(
    store: Store,
    changes: Changes,
    decode: Callable[[Document], State],
    *,
    readers: Mapping[str, str] | None = None,
    now: Callable[[], datetime] = local_now,
    pace: Pace | None = None,
) -> APIRouter:
    """The routes over one guide store. `readers` maps a reader's name to the SHA-256 of their token, in hex.

    Where none is named, this machine alone may ask.
    """
    live = Live(Queries(store, decode), changes, pace or Pace())
    routes = APIRouter(
        route_class=GuideRoute,
        dependencies=[Depends(Readers(readers or {}).required())],
        tags=["guide"],
        responses=problems(422, 503),
    )
    _about_visits(routes, live)
    _about_work(routes, live, now)
    about_queues(routes, live, now)
    return routes


def _about_visits(routes: APIRouter, live: Live) -> None:
    queries = live.queries

    @routes.get("/cards/{card}/visits/{visit}", responses=told_as(VisitStanding, 404))
    async def visit_standing(card: Card, visit: Visit) -> Response:
        """Where the visit stands: done, next and where, owed, held, refused, results ready, refunds pending."""
        seen = await queries.visit(card, visit)
        return as_json(await _standing(queries, seen)) if seen.version else problem(404, "not_seen")

    @routes.get("/cards/{card}/visits/{visit}/requests/{request}", responses=told_as(Answer, 404))
    async def request_answer(card: Card, visit: Visit, request: EventID) -> Response:
        """What became of a request: admitted, held for what, refused why, answered by what; 404 if not seen yet."""
        seen = await queries.visit(card, visit)
        return as_json(answer(seen.state, request)) if request in seen.state.asked else problem(404, "not_seen")

    @routes.get("/cards/{card}/visits/{visit}/stream", responses=EVENTS)
    async def visit_stream(
        card: Card, visit: Visit, last_event_id: Annotated[str | None, Header(max_length=20)] = None
    ) -> Response:
        """`standing` now and after each change (id: its version); of a visit not seen yet, too."""
        version = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else None
        return as_stream(visit_events(live, card, visit, version))

    @routes.get("/visits/{visit}", responses=told_as(list[VisitNamed]))
    async def named_visits(visit: Visit) -> Response:
        """Where a visit stands whose card is not known; two when a card named another's visit, none if not seen yet."""
        found = await queries.named(visit, MOST_NAMED)
        return as_json(
            [{"card": seen.card, "visit": seen.visit, "standing": await _standing(queries, seen)} for seen in found]
        )


def _about_work(routes: APIRouter, live: Live, now: Callable[[], datetime]) -> None:
    queries = live.queries

    def work(seen: Seen, desk: Desk) -> Work:
        todo = with_overdue(items(seen.state, desk), desk, now())
        return {
            "card": seen.card,
            "visit": seen.visit,
            "kind": seen.state.visit.kind,
            "date": seen.state.visit.date,
            "since": seen.state.since,
            "version": seen.version,
            "items": todo,
        }

    async def work_page(desk: Desk, institution: str, page: Page) -> Response:
        try:
            after = place_of(page.cursor) if page.cursor else None
        except ValueError:
            return problem(422, "bad_parameter", parameters=["cursor"])
        found = await queries.work(desk, institution, page.limit + 1, after)
        shown = found[: page.limit]
        cursor = cursor_of(shown[-1]) if len(found) > page.limit else None
        return as_json({"work": [work(seen, desk) for seen in shown], "cursor": cursor})

    @routes.get("/institutions/{institution}/work/{desk}", responses=told_as(WorkPage))
    async def work_list(institution: Institution, desk: Desk, page: Annotated[Page, Query()]) -> Response:
        """What a desk has to do, by visit, the visit heard of first at the top."""
        return await work_page(desk, institution, page)

    @routes.get("/institutions/{institution}/work/{desk}/stream", responses=EVENTS)
    async def work_stream(institution: Institution, desk: Desk) -> Response:
        """`all`: the oldest 200 visits of the list; then `work` for each changed, `done` for each gone."""
        return as_stream(desk_events(live, institution, desk, lambda seen: work(seen, desk)))

    @routes.get("/irregular", responses=told_as(WorkPage))
    async def irregular(page: Annotated[IrregularPage, Query()]) -> Response:
        """The acts outside the rules that an institution has to set right; the work list of its desk `reconcile`."""
        return await work_page("reconcile", page.institution, page)


async def _standing(queries: Queries, seen: Seen) -> VisitStanding:
    return told(seen.state, seen.version, await queries.boards(seen.state))
