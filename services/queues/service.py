"""queues, as the runtime sees it: one stream per queue, on the topic of queues."""

from __future__ import annotations

from services.queues.decider import decide
from services.queues.state import INITIAL, State, evolve
from shared.decider import Service, by_queue
from shared.events import edge_queues, queues, registration

SERVICE: Service[State] = Service(
    name="queues",
    source="onecard.queues",
    hears=(
        registration.TicketWanted,
        registration.TicketWithdrawn,
        edge_queues.CheckInRequested,
        edge_queues.TicketCallRequested,
        edge_queues.TicketMissReported,
        edge_queues.TicketServeReported,
    ),
    says=(
        queues.TicketIssued,
        queues.TicketRefused,
        queues.TicketCalled,
        queues.TicketMissed,
        queues.TicketServed,
        queues.QueueMoved,
        queues.QueueRefused,
    ),
    stream=by_queue,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    # A queue ends with its day, so it can afford to remember every id it heard.
    keeps_heard=None,
)
