"""What billing says: 交费. Money is integer fen.

Σ raised − Σ reversed − Σ lapsed = insurer + major illness + waiver + own share;
Σ tendered (each provider reference once) = Σ applied to own share + returned + due back.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import CardEvent, CardKeyText, Code, DecimalText, Event, EventID, Fen, Name, Small
from shared.events.edge import Part, RefundReported


class ChargeRaised(Event, by="billing", archived="charge"):
    """One amount for one order (a registration's order is the visit itself)."""

    charge: EventID
    order: EventID
    item: Code
    display: Name
    quantity: DecimalText
    unit_price: Fen
    amount: Fen


class LineRule(Part):
    """One rule that made a line's split: its code (shared/events/rules.py has the words), the amount it was applied to,
    the share it took of that (where it is one), and what came of it."""

    rule: Code
    base: Fen
    share: DecimalText | None = None
    amount: Fen


class BillLine(Part):
    """One charge's split. amount = insurer + major_illness + waiver + own_share.

    `deductible` is what of it went into the deductible of its admission; `counted` what of it counts towards the
    year's major illness; `why` the rules in the order they were applied. A reversal gives all of it back.
    """

    charge: EventID
    order: EventID
    amount: Fen
    insurer: Fen = 0
    major_illness: Fen = 0
    waiver: Fen = 0
    own_share: Fen
    deductible: Fen | None = None
    counted: Fen | None = None
    why: Annotated[list[LineRule], Field(max_length=12)] | None = None


class BillSettled(Event, by="billing", archived="bill"):
    """The split of one bill, line by line, at once and in log order. `own_share` is what the resident owes.

    With a payer: the scheme and the day its rules are valid from, the category, and the institution's level. Settled by
    the insurer itself: its reference as `settlement`; or, as `refused`, the reason it gave for paying nothing.
    """

    bill: EventID
    lines: Annotated[list[BillLine], Field(min_length=1, max_length=60)]
    total: Fen
    own_share: Fen
    scheme: Code | None = None
    rules_of: date | None = None
    category: Literal["outpatient", "inpatient"] | None = None
    level: Code | None = None
    settlement: Code | None = None
    refused: Code | None = None


class OrderCleared(Event, by="billing"):
    """The one word performers hear: this order may be done. Said once per order."""

    order: EventID
    how: Literal["paid", "covered", "waived"]


class PaymentReceived(Event, by="billing", archived="payment"):
    """The bill's own share was paid in full."""

    bill: EventID
    amount: Fen
    method: Code
    reference: Code


class PaymentRefused(Event, by="billing", archived="refusal"):
    """The money can't be applied; `due_back` of it is returned by the refund that RefundAsked names."""

    bill: EventID
    amount: Fen
    reference: Code
    due_back: Fen
    code: Code


class ChargeLapsed(Event, by="billing", archived="charge"):
    """A charge that was never paid in its span; its order may not be done any more."""

    charge: EventID
    order: EventID
    bill: EventID
    amount: Fen


class ChargeReversed(Event, by="billing", archived="charge"):
    """A charge taken back because its order was cancelled or returned. `own_share` of it had been the resident's; what
    payers had taken goes back to their year."""

    charge: EventID
    order: EventID
    bill: EventID | None = None
    amount: Fen
    own_share: Fen
    paid: bool
    insurer: Fen | None = None
    major_illness: Fen | None = None
    waiver: Fen | None = None


class RefundAsked(Event, by="billing", archived="payment"):
    """Money that goes back to the resident through the provider that took it."""

    refund: EventID
    amount: Fen
    reference: Code


class RefundConfirmed(Event, by="billing", archived="payment"):
    """The provider returned the money."""

    refund: EventID
    amount: Fen


class RefundFailed(Event, by="billing", archived="payment"):
    """The provider could not return the money; it stays due back until a report confirms it."""

    refund: EventID
    amount: Fen


class RefundIrregular(Event, by="billing", archived="irregular", irregular=True):
    """A report on a refund nobody asked for, or that was confirmed before."""

    code: Code
    act: RefundReported


class YearCarryWanted(CardEvent, by="billing"):
    """On a card that was merged (`into` another), or is its own again: what its year has come to counts there, or not
    any more. Heard by the year alone."""

    year: Small
    into: CardKeyText | None = None


class YearCarried(CardEvent, by="billing"):
    """On the card that was kept: what payers had taken over in a year of `other` counts here too.

    `over`: from now on these amounts count, in place of what of `other` counted before. `back`: these counted, and do
    not any more. A deductible is its admission's and stays with it.
    """

    other: CardKeyText
    year: Small
    how: Literal["over", "back"]
    outpatient: Fen
    inpatient: Fen
    counted: Fen
    major_illness: Fen


class CapPassed(CardEvent, by="billing"):
    """What was carried over brought a year above a cap, and by how much in all. Heard by billing itself."""

    year: Small
    cap: Literal["outpatient", "inpatient", "major_illness"]
    above: Fen


class CapIrregular(CardEvent, by="billing", archived="irregular", irregular=True):
    """Two cards of one person had more of a year's cap than one may. Nothing is settled again: people set it right."""

    code: Code
    act: CapPassed
