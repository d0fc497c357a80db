"""Consultation: what the doctor found and ordered. One stream per visit."""

from __future__ import annotations

from services.consultation.decider import decide
from services.consultation.state import INITIAL, State, evolve
from shared.decider import Service, by_visit
from shared.events import consultation as say
from shared.events import edge, registration

SERVICE: Service[State] = Service(
    name="consultation",
    hears=(
        edge.ConsultationRecorded,
        edge.RegistrationCancellationRequested,
        edge.VisitCloseRequested,
        registration.VisitRegistered,
        registration.VisitCancelled,
        registration.VisitClosed,
        registration.VisitSuspended,
        registration.VisitResumed,
        registration.CloseRefused,
        registration.RegistrationRefused,
    ),
    says=(
        say.DiagnosisMade,
        say.AllergyNoted,
        say.VitalSignsMeasured,
        say.ReferralMade,
        say.LabTestOrdered,
        say.ExaminationOrdered,
        say.MedicationPrescribed,
        say.AdmissionOrdered,
        say.ConsultationAccepted,
        say.ConsultationIrregular,
    ),
    stream=by_visit,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
