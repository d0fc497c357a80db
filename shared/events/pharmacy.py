"""What pharmacy says: 取药."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.events.base import Code, DecimalText, Event, EventID, FreeText, Name, Unit
from shared.events.edge import HandedLine, MedicationHandedOver, Part, PrescriptionReviewed

Orders = Annotated[list[EventID], Field(max_length=60)]


class MedicationReady(Event, by="pharmacy", archived="prescription"):
    """The pharmacist passed the prescription."""

    prescription: EventID
    orders: Orders


class PrescriptionReturned(Event, by="pharmacy", archived="prescription"):
    """The pharmacist returned it to the doctor; none of its lines will be dispensed, their charges are reversed."""

    prescription: EventID
    orders: Orders
    reason: FreeText = ""


class ReviewIrregular(Event, by="pharmacy", archived="irregular", irregular=True):
    """A review of a prescription that is not there, or was reviewed before."""

    code: Code
    act: PrescriptionReviewed


class ReleasedLine(Part):
    """What may be fetched: never more than prescribed."""

    order: EventID
    code: Code
    display: Name
    quantity: DecimalText
    unit: Unit


class PickupReleased(Event, by="pharmacy", archived="prescription"):
    """Reviewed and cleared: these lines may be handed over."""

    prescription: EventID
    lines: Annotated[list[ReleasedLine], Field(min_length=1, max_length=30)]


class PickupRefused(Event, by="pharmacy", archived="refusal"):
    """Nothing to fetch, and why."""

    prescription: EventID
    code: Code


class MedicationDispensed(Event, by="pharmacy", archived="dispensing"):
    """The lines handed over; each at most once."""

    prescription: EventID
    lines: Annotated[list[HandedLine], Field(min_length=1, max_length=30)]


class DispensingIrregular(Event, by="pharmacy", archived="irregular", irregular=True):
    """A hand-over outside the rules."""

    code: Code
    act: MedicationHandedOver


class OrderCancelled(Event, by="pharmacy", archived="order"):
    """The line will not be dispensed."""

    order: EventID


class CancellationRefused(Event, by="pharmacy", archived="refusal"):
    """The line stands, and why."""

    order: EventID
    code: Code
