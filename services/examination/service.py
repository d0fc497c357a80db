"""examination, as the runtime sees it."""

from __future__ import annotations

from services.examination.decider import decide
from services.examination.state import INITIAL, evolve
from shared.decider import Service, by_visit
from shared.events import billing, consultation, edge, edge_rooms, registration
from shared.events import examination as say

SERVICE = Service(
    name="examination",
    hears=(
        edge_rooms.ExaminationScheduleRequested,
        edge_rooms.ExaminationPerformed,
        edge_rooms.ExaminationReportEntered,
        edge_rooms.ExaminationReportCorrected,
        edge_rooms.CriticalFindingAcknowledgementReported,
        edge.OrderCancellationRequested,
        consultation.ExaminationOrdered,
        billing.OrderCleared,
        billing.ChargeLapsed,
        registration.VisitCancelled,
        registration.VisitSuspended,
        registration.VisitResumed,
    ),
    says=(
        say.ExaminationScheduled,
        say.ExaminationScheduleRefused,
        say.ExaminationCompleted,
        say.ExaminationIrregular,
        say.ExaminationReported,
        say.ExaminationAmended,
        say.ExaminationReportIrregular,
        say.CriticalFindingFlagged,
        say.CriticalFindingAcknowledged,
        say.FindingAcknowledgementIrregular,
        say.OrderCancelled,
        say.CancellationRefused,
    ),
    stream=by_visit,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
