"""发卡: what becomes of a card. One card, one stream; a merge asks the other card before it retires this one."""

from __future__ import annotations

from typing import Any

from services.cards.state import State
from shared.decider import NOTHING, Decision, Hold, Input, Overdue
from shared.events import authority, cards
from shared.events.base import CardEvent
from shared.events.edge import CardAsk
from shared.reference import Reference

MOST_KEPT = 32
MOST_PROXIES = 16
MOST_ENTITLEMENTS = 16


def decide(state: State, event: Input, reference: Reference) -> Decision:
    """Answers each request exactly once; total and pure."""
    match event:
        case CardAsk():
            return _asked(state, event)
        case cards.CardMergeProposed():
            code = _why_not_kept(state, event)
            return (_to(event, event.retiring, cards.CardMergeConsidered, kept=event.card, code=code),)
        case Overdue(CardAsk() as request, code):
            return _refused(request, code)
        case _:
            return NOTHING


def _asked(state: State, event: CardAsk) -> Decision:
    match event:
        case authority.CardApplicationMade() if state.standing:
            return _refused(event, "card_exists")
        case authority.CardApplicationMade():
            return (cards.CardIssued(**_answer(event), standing=event.standing),)
        case _ if state.standing is None:
            return Hold("card_not_issued", "ask")
        case authority.CardUnmergeRequested():
            return _unmerge(state, event)
        case _ if state.into:
            return _refused(event, "card_merged")
        case authority.CardMergeRequested():
            return _merge(state, event)
        case _ if state.merging:
            return Hold("card_busy", "ask")
        case _:
            return _lives_on(state, event)


def _merge(state: State, event: authority.CardMergeRequested) -> Decision:
    """Only the kept card knows whether it is still its own, so this one asks it, and waits.

    While it waits it takes no other card. So of any circle of merges the first to be asked has said no, and aliases
    form a forest.
    """
    match state.word:
        case _ if event.into == event.card:
            return _refused(event, "merge_with_itself")
        case (event.id, ""):
            mine = cards.CardsMerged(**_answer(event), other=event.into, side="retired")
            return (mine, _to(event, event.into, cards.CardsMerged, other=event.card, side="kept"))
        case (event.id, code):
            return _refused(event, code)
        case _ if state.merging and state.merging != event.id:
            return Hold("card_busy", "ask")
        case _:
            proposed = _to(event, event.into, cards.CardMergeProposed, retiring=event.card)
            return Hold("merge_undecided", "ask", says=(proposed,))


def _why_not_kept(state: State, event: cards.CardMergeProposed) -> str | None:
    match state:
        case State(standing=None):
            return "other_card_not_issued"
        case State(into=into) if into:
            return "other_card_merged"
        case State(merging=merging) if merging:
            return "other_card_merging"
        case State(suspended=reason) if reason:
            return "other_card_suspended"
        case State(kept=kept) if len(kept) >= MOST_KEPT and event.retiring not in kept:
            return "too_many"
        case _:
            return None


def _unmerge(state: State, event: authority.CardUnmergeRequested) -> Decision:
    if state.merging:
        return Hold("card_busy", "ask")
    if not state.into:
        return _refused(event, "card_not_merged")
    mine = cards.CardsUnmerged(**_answer(event), other=state.into, side="retired")
    return (mine, _to(event, state.into, cards.CardsUnmerged, other=event.card, side="kept"))


def _lives_on(state: State, event: CardAsk) -> Decision:
    """What is asked of a card that is issued, its own, and not about to retire."""
    answer = _answer(event)
    match event:
        case authority.CardSuspensionRequested() if not state.suspended:
            return (cards.CardSuspended(**answer, reason=event.reason),)
        case authority.CardRestorationRequested() if state.suspended:
            return (cards.CardRestored(**answer),)
        case authority.CardRestorationRequested():
            return _refused(event, "card_not_suspended")
        case authority.CardReplacementRequested() if state.suspended in {"", "lost"}:
            replaced = cards.CardReplaced(**answer, issue=state.issue + 1)
            return (replaced, cards.CardRestored(**answer)) if state.suspended else (replaced,)
        case authority.ProxyRevocationRequested() if event.proxy in state.proxies:
            return (cards.ProxyRevoked(**answer, proxy=event.proxy),)
        case authority.ProxyRevocationRequested():
            return _refused(event, "proxy_not_granted")
        case authority.EntitlementEndRequested() if event.entitlement in state.entitlements:
            return (cards.EntitlementEnded(**answer, entitlement=event.entitlement),)
        case authority.EntitlementEndRequested():
            return _refused(event, "not_entitled")
        case _ if state.suspended:
            return _refused(event, "card_suspended")
        case _:
            return _gains(state, event)


def _gains(state: State, event: CardAsk) -> Decision:
    """What only a card in use may be given."""
    answer = _answer(event)
    match event:
        case authority.CardFormalizationRequested() if state.standing == "formal":
            return _refused(event, "already_formal")
        case authority.CardFormalizationRequested():
            return (cards.CardFormalized(**answer),)
        case authority.ProxyGrantRequested() if event.proxy == event.card:
            return _refused(event, "proxy_of_itself")
        case authority.ProxyGrantRequested() if event.proxy in state.proxies:
            return _refused(event, "proxy_granted")
        case authority.ProxyGrantRequested() if len(state.proxies) >= MOST_PROXIES:
            return _refused(event, "too_many")
        case authority.ProxyGrantRequested():
            return (cards.ProxyGranted(**answer, proxy=event.proxy, relation=event.relation),)
        case authority.EntitlementGrantRequested() if _is_entitled(state, event):
            return _refused(event, "already_entitled")
        case authority.EntitlementGrantRequested() if len(state.entitlements) >= MOST_ENTITLEMENTS:
            return _refused(event, "too_many")
        case authority.EntitlementGrantRequested():
            return (cards.EntitlementGranted(**answer, entitlement=event.entitlement, until=event.until),)
        case _:
            return NOTHING


def _is_entitled(state: State, event: authority.EntitlementGrantRequested) -> bool:
    """Whether it has just that already; another last day is a new grant."""
    return event.entitlement in state.entitlements and state.entitlements[event.entitlement] == event.until


def _answer(event: CardAsk) -> dict[str, Any]:
    return {"card": event.card, "where": event.where, "request": event.id}


def _refused(event: CardAsk, code: str) -> tuple[CardEvent, ...]:
    return (cards.CardRefused(**_answer(event), code=code),)


def _to(event: CardAsk | cards.CardMergeProposed, card: str, fact: type[CardEvent], **fields: Any) -> CardEvent:
    """A fact of this card on another's key."""
    request = event.request if isinstance(event, cards.CardMergeProposed) else event.id
    return fact(card=card, where=event.where, request=request, **fields)
