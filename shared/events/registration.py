"""What registration says: 挂号 and the life of a visit."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import Code, Event, EventID
from shared.events.edge import Kind, Part, Session


class VisitRegistered(Event, by="registration", archived="visit"):
    """The visit is open. `treat_first` (先诊疗后付费): payment does not hold it up.

    `payer` is `self` where the resident pays alone; `entitlements` are those the card has on the visit's day.
    """

    kind: Kind
    department: Code
    session: Session
    date: date
    treat_first: bool = False
    payer: Code | None = None
    entitlements: Annotated[list[Code], Field(max_length=20)] | None = None


class RegistrationRefused(Event, by="registration", archived="refusal"):
    """No visit, or no cancellation, and why. `other` is the visit that stands in the way, if one does."""

    code: Code
    other: EventID | None = None


class VisitCancelled(Event, by="registration", archived="visit"):
    """The visit will not take place; its registration charge is reversed."""


class VisitClosed(Event, by="registration", archived="visit"):
    """Everything in the visit is done and settled."""


class OpenItem(Part):
    """One thing that keeps a visit open."""

    kind: Literal["consultation", "lab_test", "medication", "bill"]
    id: EventID


class CloseRefused(Event, by="registration", archived="refusal"):
    """The visit stays open, and for what."""

    code: Code
    open: Annotated[list[OpenItem], Field(max_length=200)] = []
