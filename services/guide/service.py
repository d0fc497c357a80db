"""guide, as the runtime sees it: it hears everything and says nothing."""

from __future__ import annotations

from services.guide.desks import DESKS, index
from services.guide.state import INITIAL, State, evolve
from shared.decider import NOTHING, Decision, Input, Service, by_visit
from shared.events import TYPES, Event
from shared.events.runtime import DeadlinePassed, RecordGivenUp
from shared.reference import Reference


def decide(_state: State, _event: Input, _reference: Reference) -> Decision:
    """Guide only tells; it never says a fact and never holds a request."""
    return NOTHING


# A type may stand under the names of several sayers; it is heard once. Deadlines are heard by their own service alone.
HEARS = tuple(
    event
    for event in dict.fromkeys(TYPES.values())
    if issubclass(event, Event) and event not in (DeadlinePassed, RecordGivenUp)
)

SERVICE = Service(
    name="guide",
    hears=HEARS,
    says=(),
    stream=by_visit,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    index=index,
    indexes=(*((desk, "since") for desk in DESKS), ("institution", "since"), ("visit", "since")),
)
