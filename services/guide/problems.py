"""What went wrong, as problem+json (RFC 9457) with words in both languages, and never with a value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic_core import to_json

from services.guide.told import Problem
from services.guide.words import PROBLEMS
from shared.runtime.store import StoreUnavailable


def problem(status: int, code: str, **more: Any) -> Response:
    """A response that says what is wrong: `code` is one of words.PROBLEMS."""
    zh, en = PROBLEMS[code]
    told: Problem = {"type": "about:blank", "title": en, "status": status, "code": code, "zh": zh, "en": en}
    return Response(to_json({**told, **more}), status, media_type="application/problem+json")


class GuideRoute(APIRoute):
    """A route whose refusals are problems; FastAPI's own answer to a bad parameter would repeat its value."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return problem(422, "bad_parameter", parameters=[str(one["loc"][-1]) for one in error.errors()])
            except StoreUnavailable:
                return problem(503, "store_unavailable")

        return answer
