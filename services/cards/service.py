"""cards, as the runtime sees it."""

from __future__ import annotations

from services.cards.decider import decide
from services.cards.state import INITIAL, State, evolve
from shared.decider import Service, by_card
from shared.events import authority, cards
from shared.events.intake import CardRequestRefused

SERVICE: Service[State] = Service(
    name="cards",
    hears=(
        authority.CardApplicationMade,
        authority.CardFormalizationRequested,
        authority.CardSuspensionRequested,
        authority.CardRestorationRequested,
        authority.CardReplacementRequested,
        authority.CardMergeRequested,
        authority.CardUnmergeRequested,
        authority.ProxyGrantRequested,
        authority.ProxyRevocationRequested,
        authority.EntitlementGrantRequested,
        authority.EntitlementEndRequested,
        cards.CardMergeProposed,
        cards.CardMergeConsidered,
        CardRequestRefused,
    ),
    says=(
        cards.CardIssued,
        cards.CardFormalized,
        cards.CardSuspended,
        cards.CardRestored,
        cards.CardReplaced,
        cards.CardMergeProposed,
        cards.CardMergeConsidered,
        cards.CardsMerged,
        cards.CardsUnmerged,
        cards.ProxyGranted,
        cards.ProxyRevoked,
        cards.EntitlementGranted,
        cards.EntitlementEnded,
        cards.CardRefused,
    ),
    edge=True,
    stream=by_card,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)
