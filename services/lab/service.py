"""lab, as the runtime sees it."""

from __future__ import annotations

from services.lab.decider import decide
from services.lab.state import INITIAL, evolve
from shared.decider import Service, by_visit
from shared.events import billing, consultation, edge, lab, registration

SERVICE = Service(
    name="lab",
    hears=(
        edge.SpecimenCollected,
        edge.LabResultEntered,
        edge.LabResultCorrected,
        edge.CriticalValueAcknowledgementReported,
        edge.OrderCancellationRequested,
        consultation.LabTestOrdered,
        billing.OrderCleared,
        billing.ChargeLapsed,
        registration.VisitCancelled,
        registration.VisitSuspended,
        registration.VisitResumed,
    ),
    says=(
        lab.SpecimenAccepted,
        lab.SpecimenIrregular,
        lab.LabResultReported,
        lab.LabResultAmended,
        lab.LabResultIrregular,
        lab.CriticalValueFlagged,
        lab.CriticalValueAcknowledged,
        lab.AcknowledgementIrregular,
        lab.OrderCancelled,
        lab.CancellationRefused,
    ),
    stream=by_visit,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
