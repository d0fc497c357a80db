"""Billing (交费): charges, bills, payments and refunds."""

from __future__ import annotations

from services.billing.decider import decide
from services.billing.shapes import State
from services.billing.state import INITIAL, evolve
from shared.decider import Service, by_year
from shared.events import billing, consultation, edge, examination, inpatient, lab, pharmacy, registration

SERVICE: Service[State] = Service(
    name="billing",
    hears=(
        registration.VisitRegistered,
        registration.VisitCancelled,
        consultation.ReferralMade,
        consultation.LabTestOrdered,
        consultation.ExaminationOrdered,
        consultation.MedicationPrescribed,
        consultation.ConsultationAccepted,
        inpatient.InpatientServiceRecorded,
        inpatient.DischargeOrdered,
        lab.OrderCancelled,
        examination.OrderCancelled,
        pharmacy.OrderCancelled,
        pharmacy.PrescriptionReturned,
        edge.PaymentTendered,
        edge.RefundReported,
    ),
    says=(
        billing.ChargeRaised,
        billing.BillSettled,
        billing.OrderCleared,
        billing.PaymentReceived,
        billing.PaymentRefused,
        billing.ChargeLapsed,
        billing.ChargeReversed,
        billing.RefundAsked,
        billing.RefundConfirmed,
        billing.RefundFailed,
        billing.RefundIrregular,
    ),
    stream=by_year,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
