"""The shapes of what guide tells, as its OpenAPI document shows them.

Amounts are fen, times UTC text, words in zh and en.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from services.guide.told_money import DepositsTold, Owed, ReceiptTold, RefundTold
from services.guide.told_queues import TicketTold
from services.guide.told_wards import OnwardTold


class Why(TypedDict):
    """A code of the table of codes, in words."""

    code: str
    zh: str
    en: str


class VisitTold(TypedDict):
    status: Literal["not_seen", "asked", "refused", "registered", "suspended", "cancelled", "closed"]
    zh: str
    en: str
    institution: str
    department: str
    session: str
    date: str
    kind: str
    treat_first: bool
    registered_at: str
    why: NotRequired[Why]


class Done(TypedDict):
    """A step that is done; `id` is its consultation, bill or order, or the code of a check-up's item."""

    step: str
    zh: str
    en: str
    at: str
    id: str
    display: str


class Next(TypedDict):
    """A step to take and where, or (`waits`) something others do; `about` are its bills, orders or prescriptions,
    or the codes of items of a check-up."""

    step: str
    zh: str
    en: str
    where_zh: str
    where_en: str
    waits: bool
    about: list[str]


class OpenTold(TypedDict):
    kind: str
    id: str


class Answer(TypedDict):
    """What became of a request. `by` are the types of all facts said for it; `until` goes with held, `other` and `open`
    with refused, `resolved` with irregular."""

    request: str
    status: Literal["not_seen", "admitted", "held", "answered", "refused", "irregular"]
    type: str
    zh: str
    en: str
    by: list[str]
    code: NotRequired[str]
    until: NotRequired[str]
    other: NotRequired[str]
    open: NotRequired[list[OpenTold]]
    resolved: NotRequired[bool]


class ResultTold(TypedDict):
    """A result or report to be read in the archive; version 2 and later are amendments."""

    order: str
    code: str
    display: str
    version: int
    at: str


class AppointmentTold(TypedDict):
    """When and where (`room`, empty for not said) an examination still to be made is to be made."""

    order: str
    display: str
    at: str
    room: str


class Standing(TypedDict):
    """Where a visit stands."""

    visit: VisitTold
    done: list[Done]
    next: list[Next]
    owed: Owed
    held: list[Answer]
    refused: list[Answer]
    irregular: list[Answer]
    tickets: list[TicketTold]
    results: list[ResultTold]
    appointments: list[AppointmentTold]
    onward: list[OnwardTold]
    deposits: NotRequired[DepositsTold]
    refunds: list[RefundTold]
    receipts: list[ReceiptTold]


class VisitStanding(Standing):
    """A standing and the version of the document it was read from."""

    version: int


class VisitNamed(TypedDict):
    """Where a visit stands, and the card key it is of."""

    card: str
    visit: str
    standing: VisitStanding


class Work(TypedDict):
    """What one desk has to do in one visit, of which `kind` and opened for which `date` (both empty while nobody
    registered it); the items of each desk are described in services/guide/README.md."""

    card: str
    visit: str
    kind: str
    date: str
    since: str
    version: int
    items: list[dict[str, Any]]


class WorkPage(TypedDict):
    """One page of a work list, the visit heard of first at the top; `cursor` asks for the next page."""

    work: list[Work]
    cursor: str | None


class Problem(TypedDict):
    """RFC 9457, with the code and its words in both languages."""

    type: str
    title: str
    status: int
    code: str
    zh: str
    en: str
