"""The shapes of what guide tells of money, as its OpenAPI document shows them. Amounts are fen, words in zh and en."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


class RuleTold(TypedDict):
    """One rule of a line's split in words: in fen, what it was applied to (`base`) and what came of it (`amount`);
    `share` is the part it takes, as a decimal, where it is one."""

    rule: str
    zh: str
    en: str
    base: int
    share: NotRequired[str]
    amount: int


class BillLineTold(TypedDict):
    """What one thing on a bill costs the resident (`fen`), what of its `amount` each payer took, and `why`, rule by
    rule."""

    order: str
    display: str
    fen: int
    amount: int
    insurer: int
    major_illness: int
    waiver: int
    why: list[RuleTold]


class BillTold(TypedDict):
    """What the resident still owes of one bill: pay exactly `fen`."""

    bill: str
    fen: int
    lines: list[BillLineTold]


class ReceiptTold(TypedDict):
    """A bill that owes nothing any more: `paid` or, where payers took all of it, `covered`. Reversed lines are left
    out of it. `fen` is the resident's own share, the others are the payers'; together they are `amount`."""

    bill: str
    status: Literal["paid", "covered"]
    zh: str
    en: str
    at: str
    fen: int
    amount: int
    insurer: int
    major_illness: int
    waiver: int
    lines: list[BillLineTold]


class DepositsTold(TypedDict):
    """A stay's deposits: what is still held (`fen`), what was received, what of it paid bills, what went back; since
    when the account is closed, or empty. `accrued` was charged and is on no bill yet, before any insurer's share."""

    fen: int
    accrued: int
    received: int
    applied: int
    returned: int
    closed: str


class Owed(TypedDict):
    fen: int
    bills: list[BillTold]


class RefundTold(TypedDict):
    refund: str
    fen: int
    status: Literal["asked", "failed"]
    zh: str
    en: str
