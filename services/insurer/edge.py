"""The insurer's own edge: how an answer becomes a signed request.

Everything of it follows from what was wanted and from what the insurer said, its id and time too. So the same answer
is the same request, byte for byte, whoever sends it and however often, and intake says nothing to it the second time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from services.insurer.shapes import Refused, Reversal, Reversed, Settled, Share, Unknown
from services.insurer.state import Wanted
from shared.edge import signed_request
from shared.envelope import Envelope, at_ms
from shared.events.base import SHANGHAI, Visit, Where
from shared.events.edge_insurer import InsuredLine, InsurerAnswered
from shared.uuid7 import uuid7

KIND = "insurer"
WHERE = Where(institution="insurer", terminal="insurer-1", channel="insurer")
"""Its institution and terminal; both are in the reference data as any edge's are."""
SECRET = "insurer.key"  # noqa: S105 - the name of a file
"""The secret file with that terminal's own key, in hex."""
SHORTEST = 16

Answer = Settled | Reversed | Refused | Unknown


@dataclass(frozen=True)
class Edge:
    """Makes answers and signs them under its terminal's key."""

    key: bytes = field(repr=False)
    key_id: str = "k1"

    def __post_init__(self) -> None:
        if len(self.key) < SHORTEST:
            raise ValueError(f"the secret {SECRET} is missing or too short")

    def envelope(self, wanted: Wanted, said: Answer) -> Envelope:
        """An answer to what was wanted, as it goes on the wire."""
        told = said_safely(wanted, said)
        body = told.model_dump_json(exclude_none=True).encode()
        at = at_ms(wanted.at_ms).astimezone(SHANGHAI).isoformat(timespec="milliseconds")
        seed = hashlib.sha256(wanted.event.encode() + body).digest()
        return signed_request(
            self.key,
            id=uuid7(wanted.at_ms, int.from_bytes(seed)),
            type=told.TYPE,
            time=at,
            key=told.key,
            body=body,
            where=WHERE,
            subject=told.subject,
            key_id=self.key_id,
        )


def said_safely(wanted: Wanted, said: Answer) -> InsurerAnswered:
    """What the insurer said, as the language has it; what the language can't say is no outcome anybody knows."""
    try:
        return answered(wanted, said)
    except ValueError:
        return answered(wanted, Unknown("malformed"))


def answered(wanted: Wanted, said: Answer) -> InsurerAnswered:
    """The same, of what it can say. ValueError when a reference, a reason or an amount is not one of the language's."""
    claim = wanted.claim
    about: dict[str, Any] = {
        "card": claim.card,
        "visit": Visit(id=wanted.visit, date=wanted.day),
        "where": WHERE,
        "bill": claim.bill,
        "charge": claim.charge if isinstance(claim, Reversal) else None,
    }
    match said:
        case Settled(reference, shares):
            lines = [_line(share) for share in shares]
            return InsurerAnswered(**about, outcome="done", reference=reference, lines=lines)
        case Reversed(reference):
            return InsurerAnswered(**about, outcome="done", reference=reference)
        case Refused(reason):
            return InsurerAnswered(**about, outcome="refused", reason=reason)
        case Unknown(reason):
            return InsurerAnswered(**about, outcome="unknown", reason=reason)


def _line(share: Share) -> InsuredLine:
    return InsuredLine(
        charge=share.charge,
        insurer=share.insurer,
        major_illness=share.major_illness,
        deductible=share.deductible or None,
        counted=share.counted or None,
    )
