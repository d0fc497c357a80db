"""What every route of guide answers with, and how its document describes that."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from services.guide.told import Problem


def as_json(data: object) -> Response:
    return Response(to_json(data), media_type="application/json")


def as_stream(events: Any) -> StreamingResponse:
    return StreamingResponse(
        events, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    shape: dict[str, Any] = {"application/problem+json": {}}
    return {status: {"model": Problem, "content": shape} for status in statuses}


def told_as(shape: Any, *statuses: int) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": shape}, **problems(*statuses)}


EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events.", "content": {"text/event-stream": {}}}
}
