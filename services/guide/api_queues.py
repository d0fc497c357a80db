"""What boards and desks ask guide of a queue or ward over HTTP: how it stands, and what became of a request to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict

from services.guide.lines import board, ward
from services.guide.numbers import Board
from services.guide.problems import problem
from services.guide.replies import EVENTS, as_json, as_stream, told_as
from services.guide.stay import Ward
from services.guide.streams import Live, board_events, ward_events
from services.guide.told import Answer
from services.guide.told_queues import BoardTold
from services.guide.told_wards import WardTold
from services.guide.view import answer
from shared.events.base import SHANGHAI, Code, EventID, QueueKey, queue_key, ward_key
from shared.events.edge import Session

NOON = 12
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Institution = Annotated[Code, Path(description="The institution's code.")]
Department = Annotated[Code, Path(description="The department's code.")]
WardCode = Annotated[Code, Path(description="The ward's code.", alias="ward")]
Queue = Annotated[QueueKey, Path(description="The key of a queue.")]


def _day(value: object) -> object:
    """Left to itself, a number would be a day as well: so many seconds after 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day is written as 2026-11-24")
    return value


class When(BaseModel):
    """Which session of the department; the one of this hour if nothing is said."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    session: Session | None = None
    day: Annotated[date, BeforeValidator(_day)] | None = None

    def key(self, institution: str, department: str, now: datetime) -> str:
        here = now.astimezone(SHANGHAI)
        session = self.session or ("morning" if here.hour < NOON else "afternoon")
        return queue_key(institution, department, session, self.day or here.date())


def about_queues(routes: APIRouter, live: Live, now: Callable[[], datetime]) -> None:
    """The routes about queues."""
    queries = live.queries

    @routes.get("/institutions/{institution}/departments/{department}/board", responses=told_as(BoardTold))
    async def department_board(
        institution: Institution, department: Department, when: Annotated[When, Query()]
    ) -> Response:
        """The queue of a department: numbers in line, called and where; empty while nobody has joined it. No names."""
        key = when.key(institution, department, now())
        return as_json(board(key, (await queries.queue(key)).state.board or Board()))

    @routes.get("/institutions/{institution}/departments/{department}/board/stream", responses=EVENTS)
    async def board_stream(
        institution: Institution, department: Department, when: Annotated[When, Query()]
    ) -> Response:
        """`board` now and after each change (id: its move), of the session that was asked for or is held now."""
        return as_stream(board_events(live, when.key(institution, department, now())))

    @routes.get("/institutions/{institution}/wards/{ward}/beds", responses=told_as(WardTold))
    async def ward_board(institution: Institution, code: WardCode) -> Response:
        """The beds of a ward: which are free, how many are taken, how many patients wait for one. No names."""
        key = ward_key(institution, code)
        return as_json(ward(key, (await queries.queue(key)).state.ward or Ward()))

    @routes.get("/institutions/{institution}/wards/{ward}/beds/stream", responses=EVENTS)
    async def ward_stream(institution: Institution, code: WardCode) -> Response:
        """`beds` now and after each change (id: its move)."""
        return as_stream(ward_events(live, ward_key(institution, code)))

    @routes.get("/queues/{queue}/requests/{request}", responses=told_as(Answer, 404))
    async def queue_answer(queue: Queue, request: EventID) -> Response:
        """What became of a request to a queue: admitted, refused why, answered; 404 if not seen yet."""
        seen = await queries.queue(queue)
        return as_json(answer(seen.state, request)) if request in seen.state.asked else problem(404, "not_seen")
