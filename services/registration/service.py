"""Registration: the life of a visit, and one visit per slot. One stream per card."""

from __future__ import annotations

from services.registration.decider import decide
from services.registration.standing import FACTS
from services.registration.state import INITIAL, State, evolve
from shared.decider import Service, by_card
from shared.events import (
    beds,
    billing,
    billing_deposits,
    checkup,
    consultation,
    edge,
    edge_checkup,
    examination,
    inpatient,
    lab,
    pharmacy,
    queues,
)
from shared.events import registration as say

SERVICE: Service[State] = Service(
    name="registration",
    hears=(
        edge.RegistrationRequested,
        edge.RegistrationCancellationRequested,
        edge.VisitCloseRequested,
        *FACTS,
        edge.ConsultationRecorded,
        consultation.ConsultationAccepted,
        consultation.ConsultationIrregular,
        consultation.LabTestOrdered,
        consultation.ExaminationOrdered,
        consultation.MedicationPrescribed,
        consultation.AdmissionOrdered,
        lab.LabResultReported,
        lab.OrderCancelled,
        examination.ExaminationReported,
        examination.OrderCancelled,
        pharmacy.MedicationDispensed,
        pharmacy.OrderCancelled,
        pharmacy.PrescriptionReturned,
        beds.BedAssigned,
        inpatient.PatientAdmitted,
        inpatient.InpatientServiceRecorded,
        inpatient.PatientDischarged,
        edge_checkup.CheckupItemRecorded,
        checkup.CheckupItemIrregular,
        checkup.CheckupReported,
        billing.BillSettled,
        billing.PaymentReceived,
        billing_deposits.DepositApplied,
        billing.ChargeLapsed,
        billing.ChargeReversed,
        queues.TicketIssued,
        queues.TicketRefused,
        queues.TicketServed,
    ),
    says=(
        say.VisitRegistered,
        say.RegistrationRefused,
        say.VisitCancelled,
        say.VisitClosed,
        say.VisitSuspended,
        say.VisitResumed,
        say.CloseRefused,
        say.TicketWanted,
        say.TicketWithdrawn,
    ),
    stream=by_card,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
