"""What billing says to an insurer that settles by call, and of its answers: 医保结算. Money is integer fen.

A bill is pre-settled by the local rules, and settled by what the insurer answers.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import Code, Event, EventID, Fen
from shared.events.billing import BillLine
from shared.events.edge_insurer import InsurerAnswered


class SettlementWanted(Event, by="billing"):
    """A bill its insurer is to settle. The lines are split as the local rules would (预结算); nothing of it is settled
    before BillSettled says the same bill."""

    bill: EventID
    lines: Annotated[list[BillLine], Field(min_length=1, max_length=60)]
    total: Fen
    own_share: Fen
    scheme: Code
    rules_of: date
    category: Literal["outpatient", "inpatient"]
    level: Code


class SettlementReversalWanted(Event, by="billing"):
    """A charge that was settled by the insurer under this reference is over: what it paid of it goes back to it."""

    bill: EventID
    charge: EventID
    order: EventID
    insurer: Fen
    major_illness: Fen
    reference: Code


class SettlementReversed(Event, by="billing"):
    """The insurer took its settlement of this charge back."""

    bill: EventID
    charge: EventID
    order: EventID
    reference: Code


class InsurerAnswerNoted(Event, by="billing"):
    """An answer that changes nothing: the outcome is unknown yet, the split does not fit the bill, or it came before.
    What was wanted is still waited for, if it was."""

    bill: EventID
    charge: EventID | None = None
    code: Code


class InsurerAnswerIrregular(Event, by="billing", archived="irregular", irregular=True):
    """An answer nobody waits for that says another thing than was settled, or a reversal the insurer refuses."""

    code: Code
    act: InsurerAnswered


class SettlementOverdue(Event, by="billing", archived="irregular", irregular=True):
    """The insurer has not settled this bill in its span. The bill waits on: an answer settles it whenever it comes."""

    code: Code
    act: SettlementWanted


class SettlementReversalOverdue(Event, by="billing", archived="irregular", irregular=True):
    """The insurer has not taken this settlement back in its span. It is waited for on."""

    code: Code
    act: SettlementReversalWanted
