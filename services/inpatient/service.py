"""inpatient, as the runtime sees it: one stream per visit."""

from __future__ import annotations

from services.inpatient.decider import decide
from services.inpatient.state import INITIAL, State, evolve
from shared.decider import Service, by_visit
from shared.events import (
    beds,
    billing,
    consultation,
    edge,
    edge_inpatient,
    examination,
    inpatient,
    lab,
    pharmacy,
    registration,
)

SERVICE: Service[State] = Service(
    name="inpatient",
    hears=(
        edge_inpatient.TransferRequested,
        edge_inpatient.InpatientServiceGiven,
        edge_inpatient.DischargeRequested,
        edge.RegistrationCancellationRequested,
        registration.VisitRegistered,
        registration.RegistrationRefused,
        registration.VisitCancelled,
        registration.VisitSuspended,
        registration.VisitResumed,
        beds.BedAssigned,
        consultation.LabTestOrdered,
        consultation.ExaminationOrdered,
        consultation.MedicationPrescribed,
        lab.LabResultReported,
        lab.OrderCancelled,
        examination.ExaminationReported,
        examination.OrderCancelled,
        pharmacy.MedicationDispensed,
        pharmacy.OrderCancelled,
        pharmacy.PrescriptionReturned,
        billing.OrderCleared,
        billing.ChargeLapsed,
    ),
    says=(
        inpatient.BedWanted,
        inpatient.BedVacated,
        inpatient.PatientAdmitted,
        inpatient.TransferOrdered,
        inpatient.TransferRefused,
        inpatient.PatientTransferred,
        inpatient.InpatientServiceRecorded,
        inpatient.InpatientServiceIrregular,
        inpatient.DischargeOrdered,
        inpatient.PatientDischarged,
        inpatient.DischargeRefused,
    ),
    stream=by_visit,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
