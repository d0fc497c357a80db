"""Nobody reads without a trace: who asked for what is durable before the answer, or the refusal, leaves."""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from services.records import problem
from services.records.queries import READS
from shared.runtime.failures import shown
from shared.runtime.store import Document, Store

Clock = Callable[[], datetime]
NOBODY = "nobody"
LOOPBACK = "loopback"
OPERATOR = "operator"

_CARD = re.compile(r"[0-9a-f]{64}")
_EVENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Readers:
    """Who may read: the SHA-256 of each reader's token, in hex, by the reader's name. None: loopback clients only."""

    def __init__(self, digests: Mapping[str, str]) -> None:
        for name, digest in digests.items():
            if name in {NOBODY, LOOPBACK} or not _CARD.fullmatch(digest):
                raise ValueError("a reader has a name of their own and the SHA-256 of their token in lower-case hex")
        self._digests = dict(digests)

    def who(self, request: Request) -> str:
        """The reader's name, or NOBODY."""
        if not self._digests:
            return LOOPBACK if _is_loopback(request) else NOBODY
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        shown = sha256(token.encode()).hexdigest() if scheme.lower() == "bearer" else ""
        # Every digest is compared, each in constant time, so that the time says nothing about any of them.
        known = [name for name, digest in self._digests.items() if hmac.compare_digest(digest, shown)]
        return known[0] if known else NOBODY


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


def _is_loopback(request: Request) -> bool:
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
