"""A card reader: from a QR text to a card key, leaving the use record the specification asks for (A1030)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from shared.events.base import Visit, Where
from shared.events.edge import CardPresented
from shared.health_card import CardKey, Refused, ReplayCache, card_key, read_code

Step = Literal["10101", "10102", "10103", "10104", "10105", "10106", "10107", "0"]
REGISTER: Step = "10101"
CONSULT: Step = "10102"
FETCH: Step = "10103"
EXAMINE: Step = "10104"
PAY: Step = "10105"
WARD: Step = "0"

TERMINAL_CLASS: dict[str, Literal["1", "2", "99"]] = {"desk": "1", "kiosk": "2"}
CHANNEL_CLASS: dict[str, Literal["1", "2", "3"]] = {"phone": "1", "kiosk": "2", "desk": "3"}
MEDICAL_TYPE: dict[str, Literal["I", "O", "E", "H"]] = {
    "inpatient": "I",
    "outpatient": "O",
    "emergency": "E",
    "checkup": "H",
}


class Presented(NamedTuple):
    """A card that was read. `low` assurance is enough to register, not to open an archive."""

    card: CardKey
    assurance: Literal["low", "high"]


class Reader:
    """Holds the pseudonym and the protection key, as a terminal's security module does, and its memory of codes."""

    def __init__(self, pseudonym_key: bytes, protection_key: bytes) -> None:
        self._pseudonym, self._protection = pseudonym_key, protection_key
        self._seen = ReplayCache()

    def read(self, qr: str, *, terminal: str, now: datetime) -> Presented | Refused:
        """The card key of what was shown, or why the code is not taken."""
        scan = read_code(qr, now=now, protection_key=self._protection, seen=self._seen, terminal=terminal)
        if isinstance(scan, Refused):
            return scan
        return Presented(card_key(scan.number, self._pseudonym), scan.assurance)


def use_record(presented: Presented, visit: Visit, where: Where, *, step: Step, kind: str) -> CardPresented:
    """The record a reader leaves of one reading."""
    return CardPresented(
        card=presented.card,
        visit=visit,
        where=where,
        step=step,
        medical_type=MEDICAL_TYPE.get(kind, "T"),
        terminal_class=TERMINAL_CLASS.get(where.channel, "99"),
        channel_class=CHANNEL_CLASS[where.channel],
        assurance=presented.assurance,
    )
