"""What guide remembers of money: charges, bills and refunds, in fen. These names are the storage format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Charge:
    order: str
    display: str
    amount: int


class Rule(NamedTuple):
    """One rule that made a line's split: its code, what it was applied to, the share it took of that (empty where it is
    no share), and what came of it."""

    code: str
    base: int
    share: str
    amount: int


class Split(NamedTuple):
    """What each payer took of one charge, and by which rules, in the order they were applied."""

    amount: int
    insurer: int
    major_illness: int
    waiver: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """A settled bill: the resident's own share of each charge, and (of the newest bills) how each was split."""

    total: int
    shares: dict[str, int]
    at: str
    splits: dict[str, Split] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deposits:
    """Of a stay, in fen: what was received, and what of it pays bills (in all, and by bill) or went back; since when
    its account is closed, or empty."""

    received: int = 0
    applied: int = 0
    returned: int = 0
    bills: dict[str, int] = field(default_factory=dict)
    closed: str = ""

    @property
    def held(self) -> int:
        return self.received - self.applied - self.returned


@dataclass(frozen=True, slots=True)
class Refund:
    amount: int
    reference: str
    at: str
