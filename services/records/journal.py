"""Nobody reads without a trace: who asked for what is durable before the answer, or the refusal, leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from services.records import problem
from services.records.queries import READS
from shared.readers import NOBODY, Readers
from shared.runtime.failures import shown
from shared.runtime.store import Document, Store

Clock = Callable[[], datetime]
_CARD = re.compile(r"[0-9a-f]{64}")
_EVENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def journaled(journal: Store, readers: Readers, clock: Clock) -> type[APIRoute]:
    """A kind of route whose every answer is in the journal first. A journal that can't be written answers 503."""

    async def leave(request: Request, what: str, reader: str, response: Response) -> Response:
        read = _read(request, what, reader, response.status_code, clock())
        try:
            await journal.insert(READS.name, [read])
        except Exception as error:  # noqa: BLE001 - for whatever reason there is no trace of the read, it didn't happen
            structlog.get_logger(service="records").error("read_not_written_down", what=what, reason=shown(error))
            response = problem.problem(503)
        response.headers["Cache-Control"] = "no-store"
        return response

    class Journaled(APIRoute):
        async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["method"] in (self.methods or ()):
                await super().handle(scope, receive, send)
                return
            request = Request(scope, receive)
            response = await leave(request, self.name, readers.who(request), problem.problem(405))
            await response(scope, receive, send)

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()
            known = {field.alias for field in self.dependant.query_params}

            async def answered(request: Request) -> Response:
                reader = readers.who(request)
                try:
                    if reader == NOBODY:
                        response = problem.problem(401)
                    else:
                        request.state.reader = reader
                        _refuse_unknown(request, known)
                        response = await answer(request)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is answered, and in the journal
                    response = problem.of(error)
                    if response.status_code >= 500:
                        structlog.get_logger().error("read_failed", what=self.name, error=type(error).__name__)
                return await leave(request, self.name, reader, response)

            return answered

    return Journaled


def _refuse_unknown(request: Request, known: set[str]) -> None:
    names = [name for name, _ in request.query_params.multi_items()]
    if not known.issuperset(names):
        raise RequestValidationError([{"loc": ("query",), "msg": "A parameter is not known here"}])
    if len(set(names)) < len(names):
        raise RequestValidationError([{"loc": ("query",), "msg": "A parameter is given more than once"}])


def _read(request: Request, what: str, reader: str, status: int, at: datetime) -> Document:
    # Only what looks like a card key or an event id is kept: anything else might be a card's number.
    card = _CARD.fullmatch(str(request.path_params.get("card", "")))
    event = _EVENT.fullmatch(str(request.path_params.get("event", "")))
    moment = at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    key = card[0] if card else ""
    body = {"at": moment, "reader": reader, "what": what, "event": event[0] if event else None, "status": status}
    return Document(f"{key}/{uuid4()}", 1, json.dumps(body).encode(), {"card": key, "at": moment})
