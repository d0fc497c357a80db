"""What the authority's HTTP interface takes and tells. Unknown fields are refused, and no error shows a value."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.cards.person import Day, Person
from shared.events.authority import Reason, Relation, Standing
from shared.events.base import CardKeyText, Code, EventID

MOST_ROWS = 500
"""Applications in one page."""


class Asked(BaseModel):
    """A body of a request."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)


class Applied(Person):
    """An application: the person, and whether for a formal card or, for whom the register does not know, a temporary
    one."""

    standing: Standing = "formal"


class AppliedPage(Asked):
    """Many applications; each is looked at by itself, so a wrong one spoils no other."""

    applications: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_ROWS)]


class Suspend(Asked):
    """挂失、停用."""

    ask: Literal["suspend"]
    reason: Reason


class Restore(Asked):
    """解除停用."""

    ask: Literal["restore"]


class Replace(Asked):
    """补换卡."""

    ask: Literal["replace"]


class Formalize(Asked):
    """转正."""

    ask: Literal["formalize"]


class Merge(Asked):
    """并卡: this card retires into another."""

    ask: Literal["merge"]
    into: CardKeyText


class Unmerge(Asked):
    """撤销并卡."""

    ask: Literal["unmerge"]


class GrantProxy(Asked):
    """亲属代办: who is the `relation` of this card's holder may act for them."""

    ask: Literal["grant_proxy"]
    proxy: CardKeyText
    relation: Relation


class RevokeProxy(Asked):
    """撤销代办."""

    ask: Literal["revoke_proxy"]
    proxy: CardKeyText


class Entitle(Asked):
    """先诊疗后付费 or a waiver group, up to and including a day."""

    ask: Literal["entitle"]
    entitlement: Code
    until: Day | None = None


class EndEntitlement(Asked):
    """The holder is not entitled any more."""

    ask: Literal["end_entitlement"]
    entitlement: Code


Change = Annotated[
    Suspend | Restore | Replace | Formalize | Merge | Unmerge | GrantProxy | RevokeProxy | Entitle | EndEntitlement,
    Field(discriminator="ask"),
]


class CodeWanted(Asked):
    """A QR code of a card, as text or as an image."""

    kind: Literal["static", "dynamic"]
    format: Literal["text", "svg", "png"] = "text"


class Scanned(Asked):
    """What a reader scanned, and which reader it is."""

    code: Annotated[str, Field(max_length=200)]
    terminal: Code


class Told(BaseModel):
    """What became of a request. `code` is empty for yes, `pending` while it is being decided, else why not."""

    code: str
    zh: str = ""
    en: str = ""
    card: CardKeyText | None = None
    request: EventID | None = None


class ToldPage(BaseModel):
    """An answer an application, in their order."""

    answers: list[Told]


class CardTold(BaseModel):
    """A card as its own stream has it; of its holder, nothing."""

    card: CardKeyText
    standing: Standing | None
    issue: int
    suspended: str | None
    merged_into: CardKeyText | None
    merged: list[CardKeyText]
    proxies: dict[CardKeyText, Relation]
    entitlements: dict[Code, date | None]
    pending: EventID | None


class HolderTold(BaseModel):
    """The holder, opened for the authority's staff; that it was opened is written down first."""

    name: str
    id_type: str
    id_number: str
    phone: str


class Resealed(BaseModel):
    """How many rows a page sealed anew; none is left once there are none."""

    resealed: int


class CodeTold(BaseModel):
    """A QR code as text. It is a secret: whoever shows it presents the card."""

    text: str


class ScanTold(BaseModel):
    """A code that is good: its card, and how sure it is that the holder shows it."""

    card: CardKeyText
    kind: Literal["static", "dynamic"]
    assurance: Literal["low", "high"]
    standing: Standing


class Problem(BaseModel):
    """Why not (RFC 9457), in both languages, and never with a value."""

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    code: str
    zh: str
    en: str
    invalid: list[str] | None = None
