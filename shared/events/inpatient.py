"""What inpatient says: 住院, from the wish for a bed to the discharge."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import CardKeyText, Code, DecimalText, Event, EventID, FreeText, Name, QueueEvent, Unit, Visit
from shared.events.edge_inpatient import DischargeSummary, InpatientServiceGiven

MOST_SETTLED = 60
"""Lines of one bill."""


class BedWanted(QueueEvent, by="inpatient"):
    """The visit may have a bed of this ward. `wish` is said of one ward at a time, so no patient can get two beds."""

    card: CardKeyText
    visit: Visit
    wish: EventID


class BedVacated(QueueEvent, by="inpatient"):
    """The wish is over: its bed is free again, or none is wanted any more."""

    card: CardKeyText
    visit: Visit
    wish: EventID


class PatientAdmitted(Event, by="inpatient", archived="stay"):
    """入院: the patient lies in this bed from this day on, after the order of `admission`."""

    admission: EventID
    ward: Code
    bed: Code
    wish: EventID
    day: date


class InpatientServiceRecorded(Event, by="inpatient", archived="care"):
    """What was given on a day of the stay, under an order of its own; it is charged, and settled at the discharge."""

    order: EventID
    kind: Literal["bed_day", "nursing", "treatment", "medicine"]
    item: Code
    display: Name
    quantity: DecimalText
    unit: Unit
    day: date


class InpatientServiceIrregular(Event, by="inpatient", archived="irregular", irregular=True):
    """Something given outside a stay, or reported twice."""

    code: Code
    act: InpatientServiceGiven


class TransferOrdered(Event, by="inpatient", archived="stay"):
    """The patient waits for a bed of another ward, in the bed they have."""

    ward: Code
    wish: EventID
    reason: FreeText = ""


class TransferRefused(Event, by="inpatient", archived="refusal"):
    """The patient stays where they are, and why."""

    code: Code


class PatientTransferred(Event, by="inpatient", archived="stay"):
    """转科、转床: from one bed to another, at once."""

    ward: Code
    bed: Code
    from_ward: Code
    from_bed: Code
    wish: EventID


class DischargeOrdered(Event, by="inpatient"):
    """The patient is to go home: what was given under these orders is to be settled now."""

    orders: Annotated[list[EventID], Field(min_length=1, max_length=MOST_SETTLED)]


class PatientDischarged(Event, by="inpatient", archived="discharge"):
    """出院, with the summary the patient takes home."""

    admitted: date
    day: date
    summary: DischargeSummary


class DischargeRefused(Event, by="inpatient", archived="refusal"):
    """The patient can't be discharged yet, why, and the first orders that are open or not settled."""

    code: Code
    orders: Annotated[list[EventID], Field(max_length=MOST_SETTLED)] = []
