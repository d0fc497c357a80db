"""QR codes of cards, as text and as images; and what a reader is told of one it scanned."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

import segno

from services.cards.courier import Standings
from services.cards.person import Secrets
from services.cards.problems import RefusedError
from services.cards.seen import admit
from services.cards.shapes import CodeWanted, Scanned, ScanTold
from services.cards.state import State
from services.cards.vault import Vault, opened
from shared.health_card import WINDOW, CardNumber, Refused, Scan, card_key, dynamic_code, read_code, static_code
from shared.health_card.ciphers import sm3
from shared.reference import Reference
from shared.runtime.store import Store

MEDIA = {"svg": "image/svg+xml", "png": "image/png"}


class Codes:
    """Makes codes of cards in use, and verifies them for readers, with one memory of what was shown for all."""

    def __init__(
        self,
        vault: Vault,
        standings: Standings,
        *,
        journal: Store,
        reference: Reference,
        now: Callable[[], datetime],
    ) -> None:
        self._vault, self._standings, self._journal = vault, standings, journal
        self._reference, self._now = reference, now

    @property
    def _secrets(self) -> Secrets:
        return self._vault.secrets

    async def of(self, card: str, wanted: CodeWanted) -> str:
        """The text of a card's code. RefusedError when the card is not in use."""
        row = await self._vault.of_card(card)
        if row is None:
            raise RefusedError("card_unknown", 404)
        state = await self.in_use(card)
        number = CardNumber(opened(row, self._secrets, "number")["number"])
        if wanted.kind == "static":
            return static_code(number, state.issue)
        return dynamic_code(number, self._now(), self._secrets.protection)

    async def verified(self, scanned: Scanned) -> ScanTold:
        """The card of a code that is good. RefusedError says why it is not; a dynamic code is good once."""
        now = self._now()
        if self._reference.terminals.at(scanned.terminal, now) is None:
            raise RefusedError("unknown_terminal")
        scan = read_code(
            scanned.code, now=now, protection_key=self._secrets.protection, seen=None, terminal=scanned.terminal
        )
        if isinstance(scan, Refused):
            raise RefusedError(scan.code)
        if scan.kind == "dynamic":
            digest = sm3(scanned.code.strip(" \t\r\n").encode("ascii"))
            if code := await admit(self._journal, digest, terminal=scanned.terminal, now=now, until=now + WINDOW):
                raise RefusedError(code)
        return await self._told(scan)

    async def _told(self, scan: Scan) -> ScanTold:
        card = card_key(scan.number, self._secrets.pseudonym)
        state = await self.in_use(card, unknown="qr_card_unknown")
        if scan.kind == "static" and scan.issue != state.issue:
            raise RefusedError("qr_superseded")
        assurance = "high" if scan.kind == "dynamic" else "low"
        return ScanTold(card=card, kind=scan.kind, assurance=assurance, standing=state.standing or "temporary")

    async def in_use(self, card: str, unknown: str = "card_unknown") -> State:
        """The standing of a card that is issued and may be used. RefusedError says why it may not."""
        state = (await self._standings.of([card])).get(card)
        if state is None or state.standing is None:
            raise RefusedError(unknown, 404 if unknown == "card_unknown" else 409)
        if state.into:
            raise RefusedError("card_merged")
        if state.suspended:
            raise RefusedError("card_suspended")
        return state


def drawn(text: str, format: str) -> bytes:
    """A code as an image, with the quiet zone scanners want."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind=format, scale=6, border=4)
    return out.getvalue()
