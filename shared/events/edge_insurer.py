"""What an insurer's gateway reports: its answers to what billing wanted settled, or taken back.

Only a terminal of the kind `insurer` may; its institution is the insurer's own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import Code, EventID, Fen
from shared.events.edge import Done, Part

Outcome = Literal["done", "refused", "unknown"]


class InsuredLine(Part):
    """What the insurer pays of one charge, and, where it says so, what of it went into the deductible of the admission
    and what of it counts towards the year's major illness."""

    charge: EventID
    insurer: Fen = 0
    major_illness: Fen = 0
    deductible: Fen | None = None
    counted: Fen | None = None


class InsurerAnswered(Done, by="edge"):
    """医保结算回报: what became of a bill at its insurer or, with `charge`, of taking back what was settled of that.

    `done` has the insurer's `reference`, and of a settlement a line for every charge; `refused` and `unknown` may have
    its own `reason`. Answered by BillSettled, SettlementReversed, InsurerAnswerNoted or InsurerAnswerIrregular.
    """

    bill: EventID
    charge: EventID | None = None
    outcome: Outcome
    reference: Code | None = None
    lines: Annotated[list[InsuredLine], Field(max_length=60)] | None = None
    reason: Code | None = None
