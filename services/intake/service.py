"""Intake as a service: the one way in, and the only one that reads `onecard.requests`."""

from __future__ import annotations

from services.intake.decider import decide
from services.intake.reading import id_ms, read, shanghai_day
from services.intake.state import INITIAL, State, evolve
from shared.decider import Service
from shared.events import REQUESTS, AnyEvent
from shared.events.intake import CardRequestRefused, QueueRequestRefused, RequestRefused


def by_day_of_id(event: AnyEvent) -> str:
    """One stream per card or queue and Shanghai day inside the id, `2026-11-24`: a repeat always meets its original."""
    return shanghai_day(id_ms(event.id)).isoformat()


SERVICE: Service[State] = Service(
    name="intake",
    admits=True,
    source="onecard.requests",
    hears=tuple(REQUESTS.values()),
    says=(RequestRefused, CardRequestRefused, QueueRequestRefused),
    stream=by_day_of_id,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    read=read,
    # A day's stream ends with the day, so it can afford to remember every id it heard.
    keeps_heard=None,
)
