"""What the routes of the authority have in common: what they ask, and who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Path

from services.cards.codes import Codes
from services.cards.problems import staff
from services.cards.registrar import Registrar
from shared.events.base import CardKeyText
from shared.reference import Reference

Card = Annotated[CardKeyText, Path(description="The card key: 64 lower-case hex, never a card's number.")]
STAFF: dict[str, Any] = {"dependencies": [Depends(staff)]}


@dataclass(frozen=True)
class Desk:
    """Everything the routes ask."""

    registrar: Registrar
    codes: Codes
    reference: Reference


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)
