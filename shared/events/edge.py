"""Requests: what edges (kiosks, phones, desks, hospital systems) ask for, and what they report as done.

An ask has a person standing before it and carries `good_until`; it may be refused. What is reported as done is
never dropped: at worst it is recorded as irregular, with its full content, and reconciled.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.events.base import (
    AnyEvent,
    CardEvent,
    CardKeyText,
    Code,
    DecimalText,
    Event,
    EventID,
    Fen,
    FreeText,
    Name,
    QueueEvent,
    Small,
    Unit,
)


class Part(BaseModel):
    """A piece of an event's body. Frozen, strict, and silent about values in its errors."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, strict=True)


class Request(AnyEvent):
    """Anything an edge writes. Signed by its terminal; its id is a UUIDv7 made when it was made."""

    DONE: ClassVar[bool] = False


class VisitRequest(Request, Event):
    """A request within a visit."""


class CardRequest(Request, CardEvent):
    """A request about a card, within no visit."""


class QueueRequest(Request, QueueEvent):
    """A request about a queue or ward."""


class AnyAsk(Request):
    """A request that may be refused. Worth nothing after `good_until`."""

    good_until: AwareDatetime


class AnyDone(Request):
    """An act that has happened already."""

    DONE: ClassVar[bool] = True


class Ask(AnyAsk, VisitRequest):
    """An ask within a visit."""


class CardAsk(AnyAsk, CardRequest):
    """An ask about a card, within no visit."""


class QueueAsk(AnyAsk, QueueRequest):
    """An ask about a queue or ward."""


class Done(AnyDone, VisitRequest):
    """An act within a visit."""


class CardDone(AnyDone, CardRequest):
    """An act about a card, within no visit."""


class QueueDone(AnyDone, QueueRequest):
    """An act about a queue or ward."""


Kind = Literal["outpatient", "emergency", "inpatient", "checkup"]
Session = Literal["morning", "afternoon"]
Assurance = Literal["low", "high"]
"""How surely a card was shown by who holds it: a static code low, a dynamic one high."""


class RegistrationRequested(Ask, by="edge"):
    """挂号: open a visit. Its id becomes the visit's id. Answered by VisitRegistered or RegistrationRefused.

    `payer` is `self` where the resident wants to pay alone; without it whoever insures the card pays with them.
    `proxy` is the card of who asks for the holder, granted by the card authority. An inpatient visit names the order
    of `admission` it follows, of any earlier visit; a check-up names its `package`.
    """

    kind: Kind
    department: Code
    session: Session
    date: date
    payer: Code | None = None
    proxy: CardKeyText | None = None
    assurance: Assurance | None = None
    admission: EventID | None = None
    package: Code | None = None


class RegistrationCancellationRequested(Ask, by="edge"):
    """退号. Answered by VisitCancelled or RegistrationRefused."""

    proxy: CardKeyText | None = None


class VisitCloseRequested(Ask, by="edge"):
    """Nothing more to do in this visit. Answered by VisitClosed or CloseRefused (with what is open)."""

    proxy: CardKeyText | None = None


class CardPresented(Done, by="edge", archived="use"):
    """刷卡: the use record a reader leaves (interface A1030 of the card specification). Answered by nothing."""

    step: Literal["10101", "10102", "10103", "10104", "10105", "10106", "10107", "0"]
    medical_type: Literal["I", "O", "E", "H", "T"]
    terminal_class: Literal["1", "2", "99"]
    channel_class: Literal["1", "2", "3", "4"]
    assurance: Literal["low", "high"]


class Diagnosis(Part):
    """One diagnosis: ICD-10 code and how it reads."""

    code: Code
    display: Name


class Allergy(Part):
    """One allergy or intolerance: the substance's code and how it reads."""

    code: Code
    display: Name
    reaction: Name | None = None


class Measurement(Part):
    """One vital sign: LOINC code, value as reported, UCUM unit."""

    code: Code
    display: Name
    value: DecimalText
    unit: Unit


class Referral(Part):
    """Where the resident is referred to, and why."""

    institution: Code
    department: Code | None = None
    reason: FreeText


class LabTestWanted(Part):
    """One lab test ordered: LOINC code of the panel or test, and the specimen it needs."""

    code: Code
    display: Name
    specimen: Code


class ExaminationWanted(Part):
    """One examination ordered: LOINC code, and the DICOM modality that makes it (CT, MR, US, DX, ECG, ES)."""

    code: Code
    display: Name
    modality: Code


class MedicineWanted(Part):
    """One prescription line: ATC code, quantity in packing units, how to take it."""

    code: Code
    display: Name
    quantity: DecimalText
    unit: Unit
    dosage: FreeText
    days: Small


class AdmissionWanted(Part):
    """The ward of the same institution that is to take the resident in, and why."""

    ward: Code
    reason: FreeText


class ConsultationRecorded(Done, by="edge"):
    """就诊: what the doctor found and ordered. Answered by ConsultationAccepted or ConsultationIrregular."""

    diagnoses: Annotated[list[Diagnosis], Field(min_length=1, max_length=20)]
    allergies: Annotated[list[Allergy], Field(max_length=50)] = []
    no_known_allergies: bool = False
    vital_signs: Annotated[list[Measurement], Field(max_length=30)] = []
    notes: FreeText = ""
    referral: Referral | None = None
    tests: Annotated[list[LabTestWanted], Field(max_length=30)] = []
    medicines: Annotated[list[MedicineWanted], Field(max_length=30)] = []
    examinations: Annotated[list[ExaminationWanted], Field(max_length=30)] = []
    admission: AdmissionWanted | None = None


class OrderCancellationRequested(Ask, by="edge"):
    """Cancel an order not yet done. Answered by OrderCancelled or CancellationRefused of the kind's service alone."""

    kind: Literal["lab_test", "examination", "medication"]
    order: EventID
    reason: FreeText = ""


class PrescriptionReviewed(Done, by="edge"):
    """审方: the pharmacist's verdict. Answered by MedicationReady, PrescriptionReturned or ReviewIrregular."""

    prescription: EventID
    verdict: Literal["passed", "returned"]
    reason: FreeText = ""


class PaymentTendered(Done, by="edge"):
    """交费: the provider took the money. Answered by PaymentReceived or PaymentRefused (with the amount due back)."""

    bill: EventID
    amount: Fen
    method: Literal["cash", "wechat", "alipay", "unionpay", "account"]
    reference: Code


class RefundReported(Done, by="edge"):
    """The provider's word on a refund. Answered by RefundConfirmed, RefundFailed or RefundIrregular."""

    refund: EventID
    outcome: Literal["confirmed", "failed"]
    reference: Code


class SpecimenCollected(Done, by="edge"):
    """采样. `specimen` is the label's id. Answered by SpecimenAccepted or SpecimenIrregular."""

    order: EventID
    specimen: EventID
    kind: Code


class Analyte(Part):
    """One measured value: LOINC code, value exactly as reported, UCUM unit, the laboratory's reference range."""

    code: Code
    display: Name
    value: DecimalText
    unit: Unit
    low: DecimalText | None = None
    high: DecimalText | None = None


Analytes = Annotated[list[Analyte], Field(min_length=1, max_length=60)]


class LabResultEntered(Done, by="edge"):
    """检验 result. Answered by LabResultReported or LabResultIrregular."""

    order: EventID
    specimen: EventID
    analytes: Analytes


class LabResultCorrected(Done, by="edge"):
    """A reported result put right. Answered by LabResultAmended or LabResultIrregular."""

    order: EventID
    analytes: Analytes
    reason: FreeText


class CriticalValueAcknowledgementReported(Done, by="edge"):
    """危急值 read by a doctor. Answered by CriticalValueAcknowledged or AcknowledgementIrregular."""

    order: EventID
    action: FreeText


class MedicationPickupRequested(Ask, by="edge"):
    """取药: what may I fetch? Asked before the hand-over. Answered by PickupReleased or PickupRefused."""

    prescription: EventID


class HandedLine(Part):
    """One line handed over: the order and the quantity in its packing unit."""

    order: EventID
    quantity: DecimalText


class MedicationHandedOver(Done, by="edge"):
    """The medicine left the counter. Answered by MedicationDispensed or DispensingIrregular."""

    prescription: EventID
    lines: Annotated[list[HandedLine], Field(min_length=1, max_length=30)]


class AnyIrregularityResolutionReported(AnyDone):
    """How an irregular act was set right; `irregularity` is the id of the act's request."""

    service: Code
    irregularity: EventID
    resolution: FreeText


class IrregularityResolutionReported(AnyIrregularityResolutionReported, Done, by="edge"):
    """How an irregular act was set right; `irregularity` is the id of the act's request. Answered by
    IrregularityResolved of the service named."""


class CardIrregularityResolutionReported(AnyIrregularityResolutionReported, CardDone, by="edge"):
    """The same for an act about a card within no visit. Answered by CardIrregularityResolved of the service named."""


class QueueIrregularityResolutionReported(AnyIrregularityResolutionReported, QueueDone, by="edge"):
    """The same for an act about a queue or ward. Answered by QueueIrregularityResolved of the service named."""


RESOLUTIONS: dict[type[AnyEvent], type[AnyIrregularityResolutionReported]] = {
    Event: IrregularityResolutionReported,
    CardEvent: CardIrregularityResolutionReported,
    QueueEvent: QueueIrregularityResolutionReported,
}
"""How it is reported that an act was set right: of a visit, of a card, of a queue."""
