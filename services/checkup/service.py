"""checkup, as the runtime sees it."""

from __future__ import annotations

from services.checkup.decider import decide
from services.checkup.state import INITIAL, State, evolve
from shared.decider import Service, by_visit
from shared.events import billing, edge, edge_checkup, registration
from shared.events import checkup as say

SERVICE: Service[State] = Service(
    name="checkup",
    hears=(
        edge_checkup.CheckupItemRecorded,
        edge_checkup.CheckupConcluded,
        edge.RegistrationCancellationRequested,
        registration.VisitRegistered,
        registration.RegistrationRefused,
        registration.VisitCancelled,
        registration.VisitSuspended,
        registration.VisitResumed,
        billing.OrderCleared,
        billing.ChargeLapsed,
    ),
    says=(
        say.CheckupStarted,
        say.CheckupItemDone,
        say.CheckupItemDeclined,
        say.CheckupItemIrregular,
        say.CheckupReported,
        say.CheckupReportIrregular,
    ),
    stream=by_visit,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
