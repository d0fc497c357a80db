"""guide, as the runtime sees it: it hears everything and says nothing."""

from __future__ import annotations

from services.guide.desks import DESKS, index
from services.guide.state import INITIAL, State, evolve
from shared.decider import NOTHING, Decision, Input, Service, by_card, by_queue, by_visit
from shared.events import TYPES, AnyEvent, CardEvent, Event, QueueEvent
from shared.events.base import TOPICS
from shared.events.billing import CapIrregular
from shared.events.runtime import AnyDeadlinePassed, AnyRecordGivenUp, CardIrregularityResolved
from shared.reference import Reference


def decide(_state: State, _event: Input, _reference: Reference) -> Decision:
    """Guide only tells; it never says a fact and never holds a request."""
    return NOTHING


OF_CARDS = (CapIrregular, CardIrregularityResolved)
"""What happens to cards is not guide's, but what of it a desk has to set right."""

# A type may stand under the names of several sayers; it is heard once. Deadlines are heard by their own service alone.
UNHEARD = (CardEvent, AnyDeadlinePassed, AnyRecordGivenUp)
HEARS = tuple(event for event in dict.fromkeys(TYPES.values()) if event in OF_CARDS or not issubclass(event, UNHEARD))


def by_what_it_is_about(event: AnyEvent) -> str:
    """One stream per visit, one per card for what belongs to none, and one per queue."""
    match event:
        case QueueEvent():
            return by_queue(event)
        case Event():
            return by_visit(event)
    return by_card(event)


SERVICE = Service(
    name="guide",
    hears=HEARS,
    says=(),
    sources=tuple(TOPICS.values()),
    stream=by_what_it_is_about,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    index=index,
    indexes=(*((desk, "since") for desk in DESKS), ("institution", "since"), ("visit", "since")),
)
