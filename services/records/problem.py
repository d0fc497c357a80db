"""Every error of the HTTP interface is a problem detail (RFC 9457, application/problem+json), and shows no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from shared.runtime.store import StoreUnavailable

MEDIA = "application/problem+json"
DETAILS = {
    401: "Send a reader's token: Authorization: Bearer <token>.",
    403: "This is for operators.",
    404: "There is nothing here.",
    405: "The archive is only ever read: use GET.",
    422: "Something in the request is missing, unknown or out of bounds.",
    500: "Something went wrong here. The request is not at fault.",
    503: "The archive can't be reached now. Nothing was shown; ask again.",
}
HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": "GET"}, 503: {"Retry-After": "1"}}


class Invalid(BaseModel):
    """One thing wrong with a request: where, and what a right value would be."""

    place: str = Field(examples=["query limit"])
    problem: str = Field(examples=["Input should be less than or equal to 200"])


class Problem(BaseModel):
    """A problem detail; `type` is about:blank, so `title` is the phrase of the HTTP status."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": DETAILS[401]}]
        }
    )
    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    invalid: list[Invalid] | None = Field(None, description="With 422: all that is wrong")


def problem(status: int, invalid: Sequence[Invalid] = ()) -> Response:
    """The response for a status."""
    phrase = HTTPStatus(status).phrase
    body = Problem(title=phrase, status=status, detail=DETAILS.get(status, phrase), invalid=list(invalid) or None)
    content = body.model_dump(exclude_none=True)
    return JSONResponse(content, status, HEADERS.get(status), MEDIA)


def of(error: Exception) -> Response:
    """The response for what a request ran into."""
    match error:
        case RequestValidationError():
            return problem(422, [_invalid(one) for one in error.errors()])
        case HTTPException():
            return problem(error.status_code)
        case StoreUnavailable():
            return problem(503)
        case _:
            return problem(500)


def install(app: FastAPI) -> None:
    """Answer with problems also where no route of ours is reached."""

    async def answer(_request: Request, error: Exception) -> Response:
        return of(error)

    for error in (HTTPException, RequestValidationError, StoreUnavailable, Exception):
        app.add_exception_handler(error, answer)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these statuses."""
    return {status: _documented(status) for status in statuses}


def _documented(status: int) -> dict[str, Any]:
    example = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": DETAILS[status]}
    if status == 422:
        example["invalid"] = [{"place": "query limit", "problem": "Input should be less than or equal to 200"}]
    schema = {"$ref": "#/components/schemas/Problem"}
    headers = {name: {"schema": {"type": "string"}} for name in HEADERS.get(status, {})}
    return {
        "description": DETAILS[status],
        "content": {MEDIA: {"schema": schema, "example": example}},
        **({"headers": headers} if headers else {}),
    }


def _invalid(error: Mapping[str, Any]) -> Invalid:
    return Invalid(place=" ".join(map(str, error["loc"])), problem=str(error["msg"]))
