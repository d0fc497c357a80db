"""The card authority over HTTP: applications, what becomes of a card, its codes, and their verification.

A person stands in bodies alone, never in a path, a query or an answer to a reader. See services/cards/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import ValidationError

from services.cards.desk import STAFF, Card, Desk, now
from services.cards.looks import codes, looks
from services.cards.person import Document
from services.cards.problems import RefusedError, documented, guarded
from services.cards.refusals import words
from services.cards.registrar import Answered, Application, Registrar
from services.cards.shapes import (
    Applied,
    AppliedPage,
    Change,
    EndEntitlement,
    Entitle,
    Formalize,
    GrantProxy,
    Merge,
    Problem,
    Replace,
    Resealed,
    Restore,
    RevokeProxy,
    Suspend,
    Told,
    ToldPage,
    Unmerge,
)
from shared.events import authority
from shared.events.edge import CardAsk
from shared.readers import Readers

KINDS: dict[type[Any], type[CardAsk]] = {
    Suspend: authority.CardSuspensionRequested,
    Restore: authority.CardRestorationRequested,
    Replace: authority.CardReplacementRequested,
    Formalize: authority.CardFormalizationRequested,
    Merge: authority.CardMergeRequested,
    Unmerge: authority.CardUnmergeRequested,
    GrantProxy: authority.ProxyGrantRequested,
    RevokeProxy: authority.ProxyRevocationRequested,
    Entitle: authority.EntitlementGrantRequested,
    EndEntitlement: authority.EntitlementEndRequested,
}


def router(desk: Desk, readers: Readers) -> APIRouter:
    """The routes. Without named readers only this machine asks, as the authority's staff."""
    routes = APIRouter(
        route_class=guarded(readers),
        tags=["cards"],
        dependencies=[Depends(HTTPBearer(auto_error=False, description="A reader's token"))],
        generate_unique_id_function=lambda route: route.name,
        responses={
            **documented(400, 401, 405, 413, 422, 500, 503),
            "default": {"model": Problem, "description": "Any error"},
        },
    )
    _applications(routes, desk)
    _changes(routes, desk)
    _rotation(routes, desk)
    looks(routes, desk)
    codes(routes, desk)
    return routes


def _applications(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/applications", responses=_outcomes(201, 202, 403, 409), name="apply", status_code=201, **STAFF)
    async def apply(applied: Applied) -> Response:
        """开卡: 201 when the card is issued, 202 when it is still being decided."""
        return _answer(await desk.registrar.apply(_application(applied)), 201)

    @routes.post("/applications/page", responses=documented(403), name="apply_page", **STAFF)
    async def apply_page(page: AppliedPage) -> ToldPage:
        """Many applications: an answer for each, in their order; `pending` ones are durable and on their way."""
        return ToldPage(answers=[_told(one) for one in await _page(desk.registrar, page.applications)])

    @routes.post("/lookups", responses=_outcomes(200, 403, 404), name="look_up", **STAFF)
    async def look_up(document: Annotated[Document, Body()]) -> Response:
        """The card of a document."""
        [row] = (await desk.registrar.vault.of([document])).values() or [None]
        if row is None:
            raise RefusedError("card_unknown", 404)
        return _answer(Answered("", row.card), 200)


def _rotation(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/rotation", responses=documented(403), name="rotate", **STAFF)
    async def rotate() -> Resealed:
        """Seal one page of the vault that is under an older key anew; again until none is left."""
        return Resealed(resealed=await desk.registrar.vault.resealed())


async def _page(registrar: Registrar, rows: Sequence[dict[str, Any]]) -> list[Answered]:
    read = [_read(row) for row in rows]
    good = [one for one in read if one is not None]
    answers = iter(await registrar.apply_all(good) if good else [])
    return [Answered("bad_request") if one is None else next(answers) for one in read]


def _read(row: dict[str, Any]) -> Application | None:
    try:
        return _application(Applied.model_validate(row))
    except ValidationError:
        return None


def _application(applied: Applied) -> Application:
    return Application(applied, applied.standing)


def _changes(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/cards/{card}/requests", responses=_outcomes(200, 202, 403, 404, 409), name="change", **STAFF)
    async def change(card: Card, wanted: Annotated[Change, Body()]) -> Response:
        """What is to become of a card: suspend, restore, replace, formalize, merge, unmerge, proxies, entitlements."""
        if isinstance(wanted, Entitle) and desk.reference.entitlements.at(wanted.entitlement, now()) is None:
            raise RefusedError("unknown_entitlement")
        if isinstance(wanted, GrantProxy):
            await desk.codes.in_use(wanted.proxy)
        fields = wanted.model_dump(exclude={"ask"}, exclude_none=True)
        return _answer(await desk.registrar.ask(KINDS[type(wanted)], card, **fields), 200)


def _answer(answered: Answered, granted: int) -> Response:
    """200 or 201 for yes, 202 while it is being decided; 404 and 409 are raised."""
    if answered.code == "card_unknown":
        raise RefusedError("card_unknown", 404)
    if answered.code not in {"", "pending"}:
        raise RefusedError(answered.code)
    return JSONResponse(_told(answered).model_dump(exclude_none=True), 202 if answered.code else granted)


def _told(answered: Answered) -> Told:
    zh, en = words(answered.code) if answered.code else ("", "")
    return Told(code=answered.code, zh=zh, en=en, card=answered.card or None, request=answered.request or None)


def _outcomes(*statuses: int) -> dict[int | str, dict[str, Any]]:
    good: dict[int | str, dict[str, Any]] = {status: {"model": Told} for status in statuses if status < 300}
    return good | documented(*(status for status in statuses if status >= 300))
