"""What billing remembers of one card and one year of visits. The field names are the storage format.

A paid line can be cancelled and refunded however late, and a provider can repeat a payment however late, so nothing
is forgotten inside the year; what is kept is small instead (README.md says how small).
"""

from __future__ import annotations

import hashlib
from dataclasses import field
from datetime import date
from typing import NamedTuple

from services.billing.asks import Ask, Settled
from services.billing.settlement import Year
from shared.reference.insurance import Category
from shared.unchanging import unchanging

NOTHING_YET = Year()


class Charge(NamedTuple):
    """A charge that waits for its bill: fen, the item it is for, its visit."""

    amount: int
    item: str
    visit: str


class Line(NamedTuple):
    """A live charge on a bill, in fen; `counted` and `deductible` are what its payer's year has of it."""

    amount: int
    own_share: int
    insurer: int = 0
    major_illness: int = 0
    waiver: int = 0
    counted: int = 0
    deductible: int = 0


class Fund(NamedTuple):
    """Money that stands behind a bill's own share, in fen, and the provider's reference it came under."""

    reference: str
    amount: int


class Refund(NamedTuple):
    """Money that is due back in a visit of that day, in fen, until it is confirmed as returned."""

    visit: str
    day: date
    amount: int
    confirmed: bool = False


class Attendance(NamedTuple):
    """What of a visit decides who pays: the institution, the kind, `self` where the resident pays alone, and what the
    card was entitled to when it was registered."""

    institution: str
    kind: str
    payer: str
    entitlements: tuple[str, ...]


class Referral(NamedTuple):
    """Sent on from one institution to another on that day, in Shanghai."""

    away: str
    to: str
    day: date


class Deposit(NamedTuple):
    """Money held for a stay, in fen: what is left of it, and the provider's reference it came under."""

    id: str
    reference: str
    amount: int


class Account(NamedTuple):
    """A stay of that day: deposits held, the oldest first; the bills of its settlement; the code of why no deposit is
    taken any more; and what was deposited and applied in all."""

    day: date
    held: tuple[Deposit, ...] = ()
    bills: tuple[str, ...] = ()
    ended: str = ""
    deposited: int = 0
    applied: int = 0


class Merged(NamedTuple):
    """The card itself, once it was merged; the card it counts with (empty again once it is its own), and what of its
    year counts there."""

    card: str = ""
    into: str = ""
    counts: Year = NOTHING_YET


ITS_OWN = Merged()


@unchanging
class Bill:
    """A bill's live lines by order, its visit's id and day, its payer's category, the money it was paid with, whether
    it lasts: never lapses; and what its insurer said, if that was asked.

    An unpaid bill that owes nothing has had its live lines cleared: so a line is cleared once without keeping count.
    """

    visit: str
    day: date
    lines: dict[str, Line]
    funds: tuple[Fund, ...] = ()
    category: Category | None = None
    lasting: bool = False
    insurer: Settled | None = None

    @property
    def own_share(self) -> int:
        """Fen of the live lines that are the resident's."""
        return sum(line.own_share for line in self.lines.values())

    @property
    def owed(self) -> int:
        """Fen the resident must pay before the live lines are cleared."""
        return max(0, self.own_share - sum(fund.amount for fund in self.funds))

    @property
    def paid(self) -> bool:
        """Whether money was paid, and all that was owed."""
        return bool(self.funds) and not self.owed


@unchanging
class State:
    """Charges by order before their bill; bills and refunds by id; orders whose charge is over or may never be raised;
    digests of used references; visits that are treated first; who attends what; referrals; what payers' year has had,
    and what of each admission's deductible was borne, by visit; what counts here of other cards' year, by card; where
    this one's counts; the accounts of stays, by visit; what insurers were asked, by bill or by charge to be reversed;
    and the charges they have reversed."""

    raised: dict[str, Charge] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    over: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    refunds: dict[str, Refund] = field(default_factory=dict)
    treat_first: tuple[str, ...] = ()
    attended: dict[str, Attendance] = field(default_factory=dict)
    referrals: tuple[Referral, ...] = ()
    year: Year = NOTHING_YET
    deductibles: dict[str, int] = field(default_factory=dict)
    carried: dict[str, Year] = field(default_factory=dict)
    merged: Merged = ITS_OWN
    accounts: dict[str, Account] = field(default_factory=dict)
    asks: dict[str, Ask] = field(default_factory=dict)
    given_back: tuple[str, ...] = ()

    @property
    def total(self) -> Year:
        """What the payers' year has had, with all that was carried over from merged cards."""
        return self.year.with_all(self.carried.values()) if self.carried else self.year

    def bill_of(self, order: str) -> str | None:
        """The bill that has this order's live line."""
        return next((bill for bill, kept in self.bills.items() if order in kept.lines), None)

    def knows(self, order: str) -> bool:
        """Whether this order was charged before, or taken back before it could be."""
        return order in self.raised or order in self.over or self.bill_of(order) is not None

    def unbilled(self, order: str) -> bool:
        """Whether this order's charge waits for a bill, and is on none an insurer was asked to settle."""
        return order in self.raised and not any(ask.covers(order) for ask in self.asks.values())

    def awaits(self, visit: str) -> bool:
        """Whether a bill of this visit waits for its insurer."""
        return any(ask.settles(visit) for ask in self.asks.values())

    def owes(self, refund: str) -> bool:
        """Whether this refund was asked for and is still due back."""
        return refund in self.refunds and not self.refunds[refund].confirmed

    def used(self, reference: str) -> bool:
        """Whether a payment with this provider's reference was answered before."""
        return digest(reference) in self.references


def digest(reference: str) -> str:
    """8 bytes stand for a reference of up to 64: a chance meeting within one card and year is out of question."""
    return hashlib.blake2b(reference.encode(), digest_size=8).hexdigest()
