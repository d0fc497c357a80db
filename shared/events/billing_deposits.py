"""What billing says of a stay's deposits (押金): money held until the stay is settled, in fen.

Σ deposited = Σ applied to bills of the stay + Σ returned + held; once its account is closed nothing is held.
"""

from __future__ import annotations

from shared.events.base import Code, Event, EventID, Fen


class DepositReceived(Event, by="billing", archived="payment"):
    """Money held for a stay. Nothing is paid with it before the stay is settled."""

    deposit: EventID
    amount: Fen
    method: Code
    reference: Code


class DepositRefused(Event, by="billing", archived="refusal"):
    """The money can't be held for this visit; `due_back` of it is returned by the refund that RefundAsked names."""

    amount: Fen
    reference: Code
    due_back: Fen
    code: Code


class DepositApplied(Event, by="billing", archived="payment"):
    """So much of a deposit pays a bill of its stay; `left` is what the resident still owes of that bill."""

    deposit: EventID
    bill: EventID
    amount: Fen
    left: Fen


class DepositReturned(Event, by="billing", archived="payment"):
    """What is left of a deposit goes back, by the refund that RefundAsked names."""

    deposit: EventID
    refund: EventID
    amount: Fen


class AccountClosed(Event, by="billing", archived="bill"):
    """The stay is over and owes nothing: `deposited` is what was held in all, `applied` what of it paid its bills, and
    the rest went back. No deposit is taken for it any more."""

    deposited: Fen
    applied: Fen
