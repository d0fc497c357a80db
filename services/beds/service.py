"""beds, as the runtime sees it: one stream per ward, on the topic of queues."""

from __future__ import annotations

from services.beds.decider import decide
from services.beds.state import INITIAL, State, evolve
from shared.decider import Service, by_queue
from shared.events import beds, inpatient
from shared.events.edge_inpatient import BedRequested

SERVICE: Service[State] = Service(
    name="beds",
    source="onecard.queues",
    hears=(BedRequested, inpatient.BedWanted, inpatient.BedVacated),
    says=(beds.BedAssigned, beds.BedReleased, beds.BedRefused, beds.WardMoved),
    stream=by_queue,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
