"""The card authority's own edge: how what the vault has pending becomes a signed request.

The envelope follows from the row, so a request that is sent again is the same one, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.cards.person import SHORTEST
from services.cards.vault import Pending, Row
from shared.edge import signed_request
from shared.envelope import Envelope
from shared.events.base import SHANGHAI, Where
from shared.events.edge import CardAsk
from shared.uuid7 import uuid7

GOOD_FOR = timedelta(days=1)
WHERE = Where(institution="card-authority", terminal="card-authority-1", channel="authority")
"""Its institution and terminal; both are in the reference data as any edge's are."""
SECRET = "card-authority.key"  # noqa: S105 - the name of a file
"""The secret file with that terminal's own key, in hex."""


@dataclass(frozen=True)
class Edge:
    """Makes requests and signs them under its terminal's key."""

    key: bytes = field(repr=False)
    key_id: str = "k1"

    def __post_init__(self) -> None:
        if len(self.key) < SHORTEST:
            raise ValueError(f"the secret {SECRET} is missing or too short")

    def request(self, kind: type[CardAsk], card: str, now: datetime, **fields: Any) -> Pending:
        """A new request about a card."""
        asked = kind(card=card, where=WHERE, good_until=now + GOOD_FOR, **fields)
        at = now.astimezone(SHANGHAI).isoformat(timespec="milliseconds")
        id = uuid7(round(now.timestamp() * 1000))
        return Pending(id, kind.TYPE, at, asked.model_dump_json(exclude_none=True))

    def envelope(self, row: Row) -> Envelope:
        """What is pending on a row, as it goes on the wire. LookupError when nothing is."""
        if row.pending is None:
            raise LookupError("nothing is pending on this row")
        asked = row.pending
        return signed_request(
            self.key,
            id=asked.id,
            type=asked.type,
            time=asked.at,
            key=row.card,
            body=asked.body.encode(),
            where=WHERE,
            key_id=self.key_id,
        )
