"""What operators do to one service: see parked streams and dead letters, and ask for a replay.

For the operator, by their token; where no reader is named, for this machine alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel

from shared.decider import Service
from shared.events.base import Code, Name
from shared.given_up import GivenUp
from shared.personal import looks_personal
from shared.readers import OPERATOR, Readers
from shared.runtime import dead_letters, documents
from shared.runtime.archive import Archive
from shared.runtime.documents import STREAMS
from shared.runtime.parking import ask_refusal, ask_replay
from shared.runtime.store import Store

Limit = Annotated[int, Query(ge=1, le=500)]
Moment = Annotated[int, Query(ge=0, lt=1 << 53, description="Milliseconds since 1970")]


def operations(service: Service[Any] | Archive, store: Store, readers: Mapping[str, str] | None = None) -> APIRouter:
    """The operators' routes of one service. `readers` has the operator's token, as Readers takes it."""
    allowed = Depends(Readers(readers or {}).required(OPERATOR))
    routes = APIRouter(prefix="/operations", tags=["operations"], dependencies=[allowed])

    @routes.get("/dead-letters")
    async def letters(
        standing: str = "open", limit: Limit = 100, since_ms: Moment = 0, after: str = ""
    ) -> list[dict[str, Any]]:
        """Oldest first; `since_ms` and `id` of the last one ask for the page after it."""
        found = await dead_letters.standing(store, standing, limit, (since_ms, after) if after else None)
        return [
            {
                "id": letter.id,
                "cause": letter.cause,
                "since_ms": letter.since,
                "digest": letter.digest,
                "standing": letter.standing,
                "replay_asked": letter.replay,
            }
            for letter in found
        ]

    @routes.get("/parked")
    async def parked(limit: Limit = 100, after: str = "") -> list[dict[str, Any]]:
        """By id; the `id` of the last one asks for the page after it."""
        if isinstance(service, Archive):
            return []
        found = await store.find(STREAMS, "parked", (), limit=limit, after=(1, after) if after else None)
        kept = [documents.decode(service, document) for document in found]
        return [
            {
                "id": one.id,
                "replaying": one.replaying,
                "waiting": len(one.parked),
                "records": [pointer._asdict() for pointer in one.parked[:20]],
            }
            for one in kept
        ]

    @routes.get("/held")
    async def held(card: str, visit: str) -> list[dict[str, Any]]:
        """What this service holds or has parked for one visit (its own stream, the card's or the year's)."""
        if isinstance(service, Archive):
            return []
        names = [visit, "card", *(str(year) for year in range(2020, 2100))]
        found = await store.load(STREAMS, [f"{card}/{name}" for name in names])
        kept = [documents.decode(service, document) for document in found.values()]
        return [
            {
                "stream": one.id,
                "held": [
                    {
                        "request": wait.envelope.id,
                        "type": wait.envelope.type,
                        "code": wait.code,
                        "due_ms": wait.due_ms,
                    }
                    for wait in one.stream.held
                    if wait.envelope.subject in ("", visit)
                ],
                "parked": [pointer._asdict() for pointer in one.parked],
                "irregular": list(one.stream.irregular),
            }
            for one in kept
        ]

    @routes.post("/replay/{id:path}", status_code=202)
    async def replay(id: str) -> dict[str, str]:
        if not await ask_replay(None if isinstance(service, Archive) else service, store, id):
            raise HTTPException(404, "there is no parked stream and no open dead letter of that id")
        return {"id": id, "replay": "asked; the owner of its partition drains it in order"}

    _giving_up(routes, service, store)
    return routes


class Refusal(BaseModel):
    """Why a record is given up, and by whom: a staff code, never a name."""

    reason: Name
    operator: Code


def _giving_up(routes: APIRouter, service: Service[Any] | Archive, store: Store) -> None:
    @routes.post("/refuse/{id:path}", status_code=202)
    async def refuse(id: str, asked: Refusal) -> dict[str, Any]:
        """Give up a dead letter, or the first record of a parked stream. What is said of it is for ever."""
        if looks_personal(asked.reason):
            raise HTTPException(422, "the reason looks like it holds an identity or a phone number; say it without")
        given_up = GivenUp(asked.reason, asked.operator)
        letter = await dead_letters.load(store, id)
        if letter is not None:
            gone = replace(letter, standing="given_up", replay=False, **given_up._asdict())
            if letter.standing != "open" or not await dead_letters.save(store, gone, uuid4().hex):
                raise HTTPException(409, f"it is {letter.standing}, or was changed meanwhile; look again")
            return {"id": id, "refused": "given up; nothing is said on the log, for it was nobody's event"}
        if isinstance(service, Archive) or not service.says:
            raise HTTPException(404, "there is no dead letter of that id; a view says nothing, so mend and replay it")
        pointer = await ask_refusal(service, store, id, given_up)
        if pointer is None:
            raise HTTPException(404, "there is no parked stream and no dead letter of that id")
        return {"id": id, "record": pointer.id, "refused": "asked; its owner says so, and drains what waits behind it"}
