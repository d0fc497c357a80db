"""What is asked about a card: its standing, its holder, its codes, and whether a scanned code is good."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.cards.codes import MEDIA, drawn
from services.cards.desk import STAFF, Card, Desk, now
from services.cards.problems import RefusedError, documented
from services.cards.shapes import CardTold, CodeTold, CodeWanted, HolderTold, Scanned, ScanTold
from services.cards.state import State
from services.cards.vault import opened


def looks(routes: APIRouter, desk: Desk) -> None:
    """The routes that look at a card."""
    vault, standings = desk.registrar.vault, desk.registrar.courier.standings

    @routes.get("/cards/{card}", responses=documented(404), name="show")
    async def show(card: Card) -> CardTold:
        """A card's standing."""
        row = await vault.of_card(card)
        state = (await standings.of([card])).get(card)
        if row is None and state is None:
            raise RefusedError("card_unknown", 404)
        pending = row.pending.id if row and row.pending else None
        state = state or State(card)
        kept = await standings.of(state.kept)
        merged = [one for one in state.kept if one in kept and kept[one].into == card]
        return CardTold(
            card=card,
            standing=state.standing,
            issue=state.issue,
            suspended=state.suspended or None,
            merged_into=state.into or None,
            merged=merged,
            proxies=dict(state.proxies),
            entitlements=dict(state.entitlements),
            pending=pending,
        )

    @routes.post("/cards/{card}/holder", responses=documented(403, 404), name="open_holder", **STAFF)
    async def open_holder(card: Card, request: Request) -> HolderTold:
        """Who holds a card. Asked for with an empty body; written down before it is opened."""
        row = await vault.of_card(card)
        if row is None:
            raise RefusedError("card_unknown", 404)
        at = now().replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        await vault.opened_by(card, request.state.reader, at, str(uuid4()))
        return HolderTold(**{"phone": "", **opened(row, vault.secrets, "name", "id_type", "id_number", "phone")})


def codes(routes: APIRouter, desk: Desk) -> None:
    """The routes of QR codes."""
    images: dict[int | str, dict[str, Any]] = {200: {"content": {media: {} for media in MEDIA.values()}}}

    @routes.post(
        "/cards/{card}/code",
        responses=images | documented(403, 404, 409),
        response_model=CodeTold,
        name="code",
        **STAFF,
    )
    async def code(card: Card, wanted: CodeWanted) -> Response:
        """A QR code of a card in use."""
        text = await desk.codes.of(card, wanted)
        if wanted.format == "text":
            return JSONResponse(CodeTold(text=text).model_dump())
        return Response(drawn(text, wanted.format), media_type=MEDIA[wanted.format])

    @routes.post("/verifications", responses=documented(409), name="verify")
    async def verify(scanned: Scanned) -> ScanTold:
        """Whether a scanned code is good here and now, whose card it is, and how sure that is."""
        return await desk.codes.verified(scanned)
