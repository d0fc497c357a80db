"""What went wrong, as problem+json (RFC 9457) with words in both languages, and never with a value."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from services.cards.refusals import words
from services.cards.registry import RegistryUnavailableError
from services.cards.shapes import Problem
from shared.readers import LOOPBACK, NOBODY, OPERATOR, Readers
from shared.runtime.log import LogUnavailable
from shared.runtime.store import StoreUnavailable

MEDIA = "application/problem+json"
MOST_BYTES = 1024 * 1024
STATUSES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "not_allowed",
    413: "too_large",
    422: "bad_request",
}


class RefusedError(Exception):
    """The answer is no, with a code."""

    def __init__(self, code: str, status: int = 409) -> None:
        super().__init__(code)
        self.code, self.status = code, status


def problem(status: int, code: str, invalid: Sequence[str] = ()) -> Response:
    """The response for a code."""
    zh, en = words(code)
    told = Problem(
        title=HTTPStatus(status).phrase, status=status, code=code, zh=zh, en=en, invalid=list(invalid) or None
    )
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}.get(status)
    return JSONResponse(told.model_dump(exclude_none=True), status, headers, MEDIA)


def of(error: Exception) -> Response:
    """The response for what a request ran into."""
    match error:
        case RefusedError():
            return problem(error.status, error.code)
        case RequestValidationError():
            return problem(422, "bad_request", [" ".join(map(str, one["loc"])) for one in error.errors()])
        case HTTPException():
            response = problem(error.status_code, STATUSES.get(error.status_code, "bad_request"))
            response.headers.update(error.headers or {})
            return response
        case RegistryUnavailableError():
            return problem(503, "registry_unavailable")
        case StoreUnavailable() | LogUnavailable():
            return problem(503, "unavailable")
        case _:
            return problem(500, "broken")


def install(app: FastAPI) -> None:
    """Answer with problems also where no route of ours is reached."""

    async def answer(_request: Request, error: Exception) -> Response:
        return of(error)

    for error in (HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(error, answer)


def guarded(readers: Readers) -> type[APIRoute]:
    """A kind of route that knows who asks, takes only so much, lets no answer be kept, and refuses with problems."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answered(request: Request) -> Response:
                try:
                    _admit(request, readers)
                    response = await handle(request)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is answered, and without a value
                    response = of(error)
                    if response.status_code == 500:
                        structlog.get_logger().error("card_call_failed", what=self.name, error=type(error).__name__)
                response.headers["Cache-Control"] = "no-store"
                return response

            return answered

    return Guarded


def staff(request: Request) -> None:
    """403 for whoever is a reader and not of the authority's staff."""
    if request.state.reader not in {LOOPBACK, OPERATOR}:
        raise HTTPException(403)


def _admit(request: Request, readers: Readers) -> None:
    request.state.reader = readers.who(request)
    if request.state.reader == NOBODY:
        raise HTTPException(401)
    length = request.headers.get("content-length", "0" if request.method == "GET" else "")
    if not (length.isascii() and length.isdigit()):
        raise HTTPException(400)
    if int(length) > MOST_BYTES:
        raise HTTPException(413)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these statuses."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA: {"schema": schema}}}
        for status in statuses
    }
