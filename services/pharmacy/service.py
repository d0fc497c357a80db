"""pharmacy, as the runtime sees it."""

from __future__ import annotations

from services.pharmacy.decider import decide
from services.pharmacy.state import INITIAL, evolve
from shared.decider import Service, by_visit
from shared.events import billing, consultation, edge, pharmacy, registration

SERVICE = Service(
    name="pharmacy",
    hears=(
        edge.PrescriptionReviewed,
        edge.MedicationPickupRequested,
        edge.MedicationHandedOver,
        edge.OrderCancellationRequested,
        consultation.MedicationPrescribed,
        consultation.ConsultationAccepted,
        billing.OrderCleared,
        billing.ChargeLapsed,
        registration.VisitCancelled,
        registration.VisitSuspended,
        registration.VisitResumed,
    ),
    says=(
        pharmacy.MedicationReady,
        pharmacy.PrescriptionReturned,
        pharmacy.ReviewIrregular,
        pharmacy.PickupReleased,
        pharmacy.PickupRefused,
        pharmacy.MedicationDispensed,
        pharmacy.DispensingIrregular,
        pharmacy.OrderCancelled,
        pharmacy.CancellationRefused,
    ),
    stream=by_visit,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
