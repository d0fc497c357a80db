"""What registration says: 挂号 and the life of a visit."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import CardKeyText, Code, Event, EventID, Number, QueueEvent, Visit
from shared.events.edge import Assurance, Kind, Part, Session


class VisitRegistered(Event, by="registration", archived="visit"):
    """The visit is open. `treat_first` (先诊疗后付费): payment does not hold it up.

    `payer` is `self` where the resident pays alone; `entitlements` are those the card has on the visit's day; `proxy`
    acts for the holder; `assurance` says how surely the card was shown by its holder.
    `ticket` is its number in the queue of its session; an emergency is registered without waiting for one. An
    inpatient visit follows the order of `admission`, to that `ward`; a check-up may have a `package`, an order of its
    own.
    """

    kind: Kind
    department: Code
    session: Session
    date: date
    treat_first: bool = False
    payer: Code | None = None
    entitlements: Annotated[list[Code], Field(max_length=20)] | None = None
    proxy: CardKeyText | None = None
    assurance: Assurance | None = None
    ticket: Number | None = None
    admission: EventID | None = None
    ward: Code | None = None
    package: Code | None = None


class RegistrationRefused(Event, by="registration", archived="refusal"):
    """No visit, or no cancellation, and why. `other` is the visit that stands in the way, if one does."""

    code: Code
    other: EventID | None = None


class VisitCancelled(Event, by="registration", archived="visit"):
    """The visit will not take place; its registration charge is reversed."""


class VisitClosed(Event, by="registration", archived="visit"):
    """Everything in the visit is done and settled."""


class VisitSuspended(Event, by="registration", archived="visit"):
    """The card may not be used: what is asked in its open visit is refused from here on, what is done is irregular."""

    code: Code


class VisitResumed(Event, by="registration", archived="visit"):
    """The card may be used again, and so the visit goes on."""


class OpenItem(Part):
    """One thing that keeps a visit open."""

    kind: Literal["consultation", "lab_test", "examination", "medication", "stay", "bill"]
    id: EventID


class CloseRefused(Event, by="registration", archived="refusal"):
    """The visit stays open, and for what. `checkup` is the order of a package that is not reported yet."""

    code: Code
    checkup: EventID | None = None
    open: Annotated[list[OpenItem], Field(max_length=200)] = []


class TicketWanted(QueueEvent, by="registration"):
    """A visit asks the queue of its department and session for a number."""

    card: CardKeyText
    visit: Visit
    kind: Kind


class TicketWithdrawn(QueueEvent, by="registration"):
    """The visit needs its number no longer, whether it has one by now or not."""

    card: CardKeyText
    visit: Visit
