"""Requests of a hospital stay (住院): a bed, a transfer, what was given, and the discharge."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import CardKeyText, Code, DecimalText, Fen, FreeText, Name, Unit, Visit
from shared.events.edge import Ask, Diagnosis, Done, Part, QueueAsk


class BedRequested(QueueAsk, by="edge"):
    """A ward asks for one of its beds for an inpatient visit; `bed` names one, else the first free one is given. For
    who lies in this ward already, another bed of it. Answered by BedAssigned or BedRefused."""

    card: CardKeyText
    visit: Visit
    bed: Code | None = None


class TransferRequested(Ask, by="edge"):
    """转科: the patient is to lie in another ward. Answered by TransferOrdered or TransferRefused."""

    ward: Code
    reason: FreeText = ""


class InpatientServiceGiven(Done, by="edge"):
    """One thing given to a patient on a day of the stay: a day in bed, nursing, a treatment, a medicine. `item` is
    what its price stands under. Answered by InpatientServiceRecorded or InpatientServiceIrregular."""

    kind: Literal["bed_day", "nursing", "treatment", "medicine"]
    item: Code
    display: Name
    quantity: DecimalText
    unit: Unit
    day: date


class DepositTendered(Done, by="edge"):
    """押金: the provider took money to be held for a stay. Answered by DepositReceived or DepositRefused (with the
    amount due back)."""

    amount: Fen
    method: Literal["cash", "wechat", "alipay", "unionpay", "account"]
    reference: Code


class DischargeSummary(Part):
    """出院小结: what it was, what was done, what to do at home."""

    diagnoses: Annotated[list[Diagnosis], Field(min_length=1, max_length=20)]
    course: FreeText
    instructions: FreeText


class DischargeRequested(Ask, by="edge"):
    """出院: the patient may go home. Answered by PatientDischarged or DischargeRefused."""

    summary: DischargeSummary | None = None
