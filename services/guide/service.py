"""guide, as the runtime sees it: it hears everything and says nothing."""

from __future__ import annotations

from services.guide.desks import DESKS, index
from services.guide.state import INITIAL, State, evolve
from shared.decider import NOTHING, Decision, Input, Service, by_queue, by_visit
from shared.events import TYPES, AnyEvent, CardEvent, QueueEvent
from shared.events.base import TOPICS
from shared.events.runtime import AnyDeadlinePassed, AnyRecordGivenUp
from shared.reference import Reference


def decide(_state: State, _event: Input, _reference: Reference) -> Decision:
    """Guide only tells; it never says a fact and never holds a request."""
    return NOTHING


# A type may stand under the names of several sayers; it is heard once. Deadlines are heard by their own service alone.
UNHEARD = (CardEvent, AnyDeadlinePassed, AnyRecordGivenUp)
HEARS = tuple(event for event in dict.fromkeys(TYPES.values()) if not issubclass(event, UNHEARD))


def by_visit_or_queue(event: AnyEvent) -> str:
    """One stream per visit, and one per queue: neither topic has anything to say of the other's."""
    return by_queue(event) if isinstance(event, QueueEvent) else by_visit(event)  # type: ignore[arg-type]


SERVICE = Service(
    name="guide",
    hears=HEARS,
    says=(),
    sources=tuple(TOPICS.values()),
    stream=by_visit_or_queue,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    index=index,
    indexes=(*((desk, "since") for desk in DESKS), ("institution", "since"), ("visit", "since")),
)
