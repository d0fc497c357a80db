"""Requests of the card authority's own edge: what becomes of a card. Card keys only; the person stays in its vault.

Keyed on the card they are about (a merge on the card that retires). All are asks, answered by one fact or CardRefused.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from shared.events.base import CardKeyText, Code
from shared.events.edge import CardAsk

Standing = Literal["temporary", "formal"]
Reason = Literal["lost", "misused", "deceased", "ordered"]
Relation = Literal["parent", "child", "guardian"]


class CardApplicationMade(CardAsk, by="edge"):
    """开卡, after the real-name check: formal for a person the registry knows, temporary for one it does not know yet.
    Answered by CardIssued or CardRefused."""

    standing: Standing


class CardFormalizationRequested(CardAsk, by="edge"):
    """临时卡转正: the registry knows the holder now. Answered by CardFormalized or CardRefused."""


class CardSuspensionRequested(CardAsk, by="edge"):
    """挂失、停用. Answered by CardSuspended or CardRefused."""

    reason: Reason


class CardRestorationRequested(CardAsk, by="edge"):
    """解除停用. Answered by CardRestored or CardRefused."""


class CardReplacementRequested(CardAsk, by="edge"):
    """补换卡: older static codes are worth nothing any more. Answered by CardReplaced or CardRefused."""


class CardMergeRequested(CardAsk, by="edge"):
    """并卡: this card retires `into` another of the same person. Answered by CardsMerged or CardRefused."""

    into: CardKeyText


class CardUnmergeRequested(CardAsk, by="edge"):
    """撤销并卡: this card stands for itself again. Answered by CardsUnmerged or CardRefused."""


class ProxyGrantRequested(CardAsk, by="edge"):
    """亲属代办: the holder of `proxy`, who is the `relation` of this card's holder, may act for them until revoked.
    Answered by ProxyGranted or CardRefused."""

    proxy: CardKeyText
    relation: Relation


class ProxyRevocationRequested(CardAsk, by="edge"):
    """撤销代办. Answered by ProxyRevoked or CardRefused."""

    proxy: CardKeyText


class EntitlementGrantRequested(CardAsk, by="edge"):
    """先诊疗后付费, or a waiver group of 五项免费, for visits opened up to and including the day `until`.
    Answered by EntitlementGranted or CardRefused."""

    entitlement: Code
    until: date | None = None


class EntitlementEndRequested(CardAsk, by="edge"):
    """The holder is not entitled any more. Answered by EntitlementEnded or CardRefused."""

    entitlement: Code
