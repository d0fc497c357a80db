"""What cards says: 发卡 and the life of a card. A fact names its card and perhaps another by their keys, and nobody."""

from __future__ import annotations

from datetime import date
from typing import Literal

from shared.events.authority import Reason, Relation, Standing
from shared.events.base import CardEvent, CardKeyText, Code, EventID, Small

Side = Literal["retired", "kept"]


class Answer(CardEvent):
    """What became of a request about a card; it names the request."""

    request: EventID


class CardIssued(Answer, by="cards", archived="card"):
    """The card is its holder's from here on. `issue` counts how often it was made: an older static code is refused."""

    standing: Standing
    issue: Small = 1


class CardFormalized(Answer, by="cards", archived="card"):
    """A temporary card is a formal one, with the same number and key."""


class CardSuspended(Answer, by="cards", archived="card"):
    """No new visit, and what is open in others waits, until it is restored."""

    reason: Reason


class CardRestored(Answer, by="cards", archived="card"):
    """The card may be used again."""


class CardReplaced(Answer, by="cards", archived="card"):
    """Made anew, with the same number and key; a lost card is restored by it."""

    issue: Small


class CardMergeProposed(CardEvent, by="cards"):
    """On the card to be kept: `retiring` asks to retire into it. Answered by CardMergeConsidered."""

    retiring: CardKeyText
    request: EventID


class CardMergeConsidered(CardEvent, by="cards"):
    """On the card that asked to retire: whether `kept` takes it, or the code of why not."""

    kept: CardKeyText
    request: EventID
    code: Code | None = None


class CardsMerged(Answer, by="cards", archived="alias"):
    """Two cards are one person's: said once on each, naming the other and the side this card is on."""

    other: CardKeyText
    side: Side


class CardsUnmerged(Answer, by="cards", archived="alias"):
    """They are two again: said once on each. What came under either key has stayed there."""

    other: CardKeyText
    side: Side


class ProxyGranted(Answer, by="cards", archived="card"):
    """The holder of `proxy` may act for this card's holder."""

    proxy: CardKeyText
    relation: Relation


class ProxyRevoked(Answer, by="cards", archived="card"):
    """Not any more."""

    proxy: CardKeyText


class EntitlementGranted(Answer, by="cards", archived="card"):
    """Visits opened up to and including the day `until` carry it."""

    entitlement: Code
    until: date | None = None


class EntitlementEnded(Answer, by="cards", archived="card"):
    """Visits opened from here on do not carry it."""

    entitlement: Code


class CardRefused(Answer, by="cards", archived="refusal"):
    """Nothing became of a request about a card, and why."""

    code: Code
