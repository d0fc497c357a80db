"""One example visit as guide hears it: requests with their ids, and the facts they caused."""

from __future__ import annotations

from functools import reduce
from typing import Any

from services.guide.state import INITIAL, State, evolve
from shared.events import Event, billing, consultation, edge, lab, pharmacy, registration
from shared.events.runtime import IrregularityResolved, RequestHeld
from tests.support.spec import START, VISIT, an_id, asked, happened

REQUESTED = VISIT.id
RECORDED, REVIEWED, COLLECTED, ENTERED, PAID, FETCHED, HANDED = (an_id(n) for n in (10, 20, 30, 40, 50, 60, 70))
TEST, LINE, PRESCRIPTION, BILL, REFUND, SPECIMEN = (an_id(n) for n in (901, 902, 903, 904, 905, 906))
TEST_CHARGE, LINE_CHARGE = an_id(911), an_id(912)
FINDING: dict[str, Any] = {
    "code": "2823-3",
    "display": "Potassium",
    "value": "7.10",
    "unit": "mmol/L",
    "flag": "critical_high",
}


def said(event: type[Event], n: int, /, cause: str = "", **fields: Any) -> Any:
    """A fact on the log, n seconds after the start, caused by an event."""
    return happened(event, n, cause, **fields)


def after(*events: Event) -> State:
    """What guide knows after these events."""
    return reduce(evolve, events, INITIAL)


SLOT: dict[str, Any] = {"kind": "outpatient", "department": "D01", "session": "morning", "date": VISIT.date}
requested = asked(edge.RegistrationRequested, 0, **SLOT)
registered = said(registration.VisitRegistered, 1, REQUESTED, **SLOT)
test_wanted = said(
    consultation.LabTestOrdered, 11, RECORDED,
    consultation=RECORDED, order=TEST, code="2823-3", display="Potassium", specimen="blood",
)  # fmt: skip
line_wanted = said(
    consultation.MedicationPrescribed, 12, RECORDED,
    consultation=RECORDED, order=LINE, prescription=PRESCRIPTION, line=1, code="N02BE01", display="Paracetamol",
    quantity="2", unit="box", dosage="1 tablet three times a day", days=3,
)  # fmt: skip
recorded = happened(edge.ConsultationRecorded, 10, diagnoses=[edge.Diagnosis(code="J06.9", display="Cold")])
accepted = said(consultation.ConsultationAccepted, 13, RECORDED, consultation=RECORDED, orders=[TEST, LINE])
raised = (
    said(billing.ChargeRaised, 14, charge=TEST_CHARGE, order=TEST, item="2823-3", display="Potassium",
         quantity="1", unit_price=1200, amount=1200),
    said(billing.ChargeRaised, 15, charge=LINE_CHARGE, order=LINE, item="N02BE01", display="Paracetamol",
         quantity="2", unit_price=400, amount=800),
)  # fmt: skip
settled = said(
    billing.BillSettled, 16, bill=BILL, total=2000, own_share=2000,
    lines=[
        billing.BillLine(charge=TEST_CHARGE, order=TEST, amount=1200, own_share=1200),
        billing.BillLine(charge=LINE_CHARGE, order=LINE, amount=800, own_share=800),
    ],
)  # fmt: skip
insured = said(
    billing.BillSettled, 16, bill=BILL, total=1200, own_share=480, category="outpatient", level="primary",
    lines=[
        billing.BillLine(
            charge=TEST_CHARGE, order=TEST, amount=1200, insurer=720, own_share=480, counted=480,
            why=[
                billing.LineRule(rule="class_a", base=1200, amount=1200),
                billing.LineRule(rule="insurer_outpatient", base=1200, share="0.6", amount=720),
            ],
        )
    ],
)  # fmt: skip
tendered = happened(edge.PaymentTendered, 50, bill=BILL, amount=2000, method="wechat", reference="P1")
paid = said(billing.PaymentReceived, 51, PAID, bill=BILL, amount=2000, method="wechat", reference="P1")
cleared = tuple(
    said(billing.OrderCleared, 52 + n, PAID, order=order, how="paid") for n, order in enumerate((TEST, LINE))
)
collected = said(lab.SpecimenAccepted, 31, COLLECTED, order=TEST, specimen=SPECIMEN, kind="blood")
reported = said(
    lab.LabResultReported, 41, ENTERED, order=TEST, specimen=SPECIMEN, test="2823-3", findings=[lab.Finding(**FINDING)]
)
flagged = said(lab.CriticalValueFlagged, 42, ENTERED, order=TEST, findings=[lab.Finding(**FINDING)])
escalated = said(lab.CriticalValueFlagged, 800, order=TEST, findings=[lab.Finding(**FINDING)], escalation=1)
acknowledged = said(lab.CriticalValueAcknowledged, 44, order=TEST, action="Seen.")
reviewed = said(pharmacy.MedicationReady, 21, REVIEWED, prescription=PRESCRIPTION, orders=[LINE])
returned = said(pharmacy.PrescriptionReturned, 22, REVIEWED, prescription=PRESCRIPTION, orders=[LINE])
released = said(
    pharmacy.PickupReleased, 61, FETCHED, prescription=PRESCRIPTION,
    lines=[pharmacy.ReleasedLine(order=LINE, code="N02BE01", display="Paracetamol", quantity="2", unit="box")],
)  # fmt: skip
dispensed = said(
    pharmacy.MedicationDispensed, 71, HANDED,
    prescription=PRESCRIPTION, lines=[edge.HandedLine(order=LINE, quantity="2")],
)  # fmt: skip
handed = happened(
    edge.MedicationHandedOver, 70, prescription=PRESCRIPTION, lines=[edge.HandedLine(order=LINE, quantity="2")]
)
irregular = said(pharmacy.DispensingIrregular, 72, HANDED, code="not_cleared", act=handed)
resolved = said(IrregularityResolved, 73, an_id(80), irregularity=HANDED, resolution="Paid at the window.")
held = said(
    RequestHeld, 63, FETCHED, request=FETCHED, request_type=edge.MedicationPickupRequested.TYPE,
    code="not_cleared", until=START,
)  # fmt: skip
refund_asked = said(billing.RefundAsked, 90, refund=REFUND, amount=800, reference="P1")

REGISTERED = (requested, registered)
ORDERED = (*REGISTERED, recorded, test_wanted, line_wanted, accepted, *raised, settled)
CLEARED = (*ORDERED, tendered, paid, *cleared)
DONE = (*CLEARED, collected, reported, reviewed, released, dispensed)
EVERYTHING = (*DONE, flagged, escalated, acknowledged, handed, irregular, resolved, held, returned, refund_asked)
