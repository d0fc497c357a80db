"""What consultation says: 就诊. One fact per diagnosis, allergy and order; ConsultationAccepted closes the list."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.events.base import Code, DecimalText, Event, EventID, FreeText, Name, Small, Unit
from shared.events.edge import ConsultationRecorded, Measurement

Orders = Annotated[list[EventID], Field(max_length=60)]


class DiagnosisMade(Event, by="consultation", archived="diagnosis"):
    """One diagnosis (ICD-10); rank 1 is the main one."""

    consultation: EventID
    code: Code
    display: Name
    rank: Small


class AllergyNoted(Event, by="consultation", archived="allergy"):
    """One allergy, or (`none_known`) that none is known."""

    consultation: EventID
    none_known: bool = False
    code: Code | None = None
    display: Name | None = None
    reaction: Name | None = None


class VitalSignsMeasured(Event, by="consultation", archived="vital_signs"):
    """The vital signs of one consultation."""

    consultation: EventID
    measurements: Annotated[list[Measurement], Field(min_length=1, max_length=30)]


class ReferralMade(Event, by="consultation", archived="referral"):
    """The resident is referred to another institution."""

    consultation: EventID
    institution: Code
    department: Code | None = None
    reason: FreeText


class LabTestOrdered(Event, by="consultation", archived="order"):
    """One lab test ordered (LOINC). It carries treat-first itself."""

    consultation: EventID
    order: EventID
    code: Code
    display: Name
    specimen: Code
    treat_first: bool = False


class ExaminationOrdered(Event, by="consultation", archived="order"):
    """One examination ordered (LOINC), and the modality that makes it. It carries treat-first itself."""

    consultation: EventID
    order: EventID
    code: Code
    display: Name
    modality: Code
    treat_first: bool = False


class MedicationPrescribed(Event, by="consultation", archived="order"):
    """One prescription line (ATC). Lines of one consultation share a prescription."""

    consultation: EventID
    order: EventID
    prescription: EventID
    line: Small
    code: Code
    display: Name
    quantity: DecimalText
    unit: Unit
    dosage: FreeText
    days: Small
    treat_first: bool = False


class AdmissionOrdered(Event, by="consultation", archived="order"):
    """住院证: the ward is to take the resident in. One inpatient visit of any later day may follow it."""

    consultation: EventID
    order: EventID
    ward: Code
    reason: FreeText


class ConsultationAccepted(Event, by="consultation", archived="consultation"):
    """The consultation counts. Said last: every order of `orders` is on the log before it, so billing settles here."""

    consultation: EventID
    orders: Orders = []
    prescription: EventID | None = None
    notes: FreeText = ""


class ConsultationIrregular(Event, by="consultation", archived="irregular", irregular=True):
    """A consultation that was held outside the rules; nothing in it is ordered until it is reconciled."""

    consultation: EventID | None = None
    code: Code
    act: ConsultationRecorded
