"""A card reader: from a QR text to a card key, leaving the use record the specification asks for (A1030)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from shared.events.base import Visit, Where
from shared.events.edge import CardPresented
from shared.health_card import CardKey, Refused, ReplayCache, card_key, read_code
from shared.health_card.steps import (
    CHANNEL_CLASSES,
    MEDICAL_TYPES,
    OTHER_MEDICAL,
    OTHER_TERMINAL,
    STEPS,
    TERMINAL_CLASSES,
    Step,
)

REGISTER, CONSULT, PAY = STEPS["registration"], STEPS["consultation"], STEPS["payment"]
TEST, EXAMINE, FETCH, WARD = STEPS["lab_test"], STEPS["examination"], STEPS["pickup"], STEPS["stay"]
CHECK_UP = STEPS["checkup"]


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
        step=step.code,
        medical_type=MEDICAL_TYPES.get(kind, OTHER_MEDICAL),
        terminal_class=TERMINAL_CLASSES.get(where.channel, OTHER_TERMINAL),
        channel_class=CHANNEL_CLASSES[where.channel],
        assurance=presented.assurance,
    )
