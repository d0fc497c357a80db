"""What cards knows of one card: its standing, what it is merged into, who may act for it, what it entitles to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date

from shared.decider import Input
from shared.events import cards
from shared.events.authority import Relation, Standing
from shared.events.base import CardEvent
from shared.events.intake import CardRequestRefused
from shared.unchanging import unchanging

MOST_ANSWERS = 8


@unchanging
class State:
    """`card` is its own key, once it heard anything. `suspended` and `into` are a reason and a key, or empty.

    merging: the merge request that waits for the other card's word. word: the last word another card gave, by the
    request it answers; its code is empty for a yes. kept: cards this one ever took. answers: the newest answers, the
    code (empty for yes) by the request; the authority's vault looks for its outcome here.
    """

    card: str = ""
    standing: Standing | None = None
    issue: int = 0
    suspended: str = ""
    into: str = ""
    merging: str = ""
    word: tuple[str, str] = ("", "")
    kept: tuple[str, ...] = ()
    proxies: Mapping[str, Relation] = field(default_factory=dict)
    entitlements: Mapping[str, date | None] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


INITIAL = State()


def evolve(state: State, event: Input) -> State:
    """The state after an event or a fact; the same object when it changes nothing."""
    match event:
        # What it says to another card is keyed on that card; what it hears is its own.
        case cards.CardMergeProposed() if event.retiring == state.card:
            return replace(state, merging=event.request)
        case cards.CardMergeConsidered() if event.kept == state.card:
            taken = event.code is None and event.card not in state.kept
            return replace(state, kept=(*state.kept, event.card)) if taken else state
        case cards.CardMergeConsidered():
            return replace(_known(state, event), word=(event.request, event.code or ""))
        case CardEvent() if state.card and event.card != state.card:
            return state
        case cards.Answer():
            return _answered(_own(_known(state, event), event), event.request, getattr(event, "code", ""))
        case CardRequestRefused():
            return _answered(_known(state, event), event.request, event.code)
        case CardEvent():
            return _known(state, event)
        case _:
            return state


def _answered(state: State, request: str, code: str = "") -> State:
    """With the newest answers, this one last."""
    others = [(id, said) for id, said in state.answers.items() if id != request]
    return replace(state, answers=dict([*others, (request, code)][-MOST_ANSWERS:]))


def _known(state: State, event: CardEvent) -> State:
    return state if state.card else replace(state, card=event.card)


def _own(state: State, event: CardEvent) -> State:
    match event:
        case cards.CardIssued():
            return replace(state, standing=event.standing, issue=event.issue)
        case cards.CardFormalized():
            return replace(state, standing="formal")
        case cards.CardSuspended():
            return replace(state, suspended=event.reason)
        case cards.CardRestored():
            return replace(state, suspended="")
        case cards.CardReplaced():
            return replace(state, issue=event.issue)
        case cards.CardsMerged():
            return replace(state, into=event.other, merging="")
        case cards.CardsUnmerged():
            return replace(state, into="")
        case cards.CardRefused() if event.request == state.merging:
            return replace(state, merging="")
        case _:
            return _granted(state, event)


def _granted(state: State, event: CardEvent) -> State:
    match event:
        case cards.ProxyGranted():
            return replace(state, proxies={**state.proxies, event.proxy: event.relation})
        case cards.ProxyRevoked():
            return replace(state, proxies={key: kind for key, kind in state.proxies.items() if key != event.proxy})
        case cards.EntitlementGranted():
            return replace(state, entitlements={**state.entitlements, event.entitlement: event.until})
        case cards.EntitlementEnded():
            left = {code: until for code, until in state.entitlements.items() if code != event.entitlement}
            return replace(state, entitlements=left)
        case _:
            return state
