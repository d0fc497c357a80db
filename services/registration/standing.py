"""What registration knows of a card itself: whether it was issued, may be used, and what comes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date

from shared.decider import Hold
from shared.events import AnyEvent, cards
from shared.events.edge import RegistrationCancellationRequested, RegistrationRequested, VisitCloseRequested
from shared.reference import Reference
from shared.unchanging import unchanging

MOST_REVOKED = 16
TREAT_FIRST = "treat-first"
"""The entitlement of 先诊疗后付费."""

FACTS = (
    cards.CardIssued,
    cards.CardSuspended,
    cards.CardRestored,
    cards.CardsMerged,
    cards.CardsUnmerged,
    cards.ProxyGranted,
    cards.ProxyRevoked,
    cards.EntitlementGranted,
    cards.EntitlementEnded,
)
"""What it hears of a card."""


@unchanging
class Standing:
    """A card as its authority has it. `proxies` says of each whether it is granted (True) or was revoked."""

    issued: bool = False
    suspended: bool = False
    merged: bool = False
    proxies: Mapping[str, bool] = field(default_factory=dict)
    entitlements: Mapping[str, date | None] = field(default_factory=dict)

    @property
    def hindrance(self) -> str:
        """The code of why the card may not be used; empty when it may."""
        if self.merged:
            return "card_merged"
        return "card_suspended" if self.suspended else ""

    def entitled(self, on: date) -> list[str]:
        """What it entitles to, for visits opened for that day."""
        return [code for code, until in self.entitlements.items() if until is None or on <= until]


def after(standing: Standing, event: AnyEvent) -> Standing:
    """The standing after a fact; the same object when it changes nothing."""
    match event:
        case cards.CardIssued():
            return replace(standing, issued=True)
        case cards.CardSuspended():
            return replace(standing, suspended=True)
        case cards.CardRestored():
            return replace(standing, suspended=False)
        case cards.CardsMerged(side="retired"):
            return replace(standing, merged=True)
        case cards.CardsUnmerged(side="retired"):
            return replace(standing, merged=False)
        case cards.ProxyGranted():
            return replace(standing, proxies=_proxies(standing, event.proxy, granted=True))
        case cards.ProxyRevoked():
            return replace(standing, proxies=_proxies(standing, event.proxy, granted=False))
        case cards.EntitlementGranted():
            return replace(standing, entitlements={**standing.entitlements, event.entitlement: event.until})
        case cards.EntitlementEnded():
            left = {code: until for code, until in standing.entitlements.items() if code != event.entitlement}
            return replace(standing, entitlements=left)
        case _:
            return standing


def hindered(standing: Standing, event: RegistrationRequested, reference: Reference) -> str | Hold | None:
    """Why the card gets no visit now: a code, or what may still come; None when it may have one."""
    if standing.hindrance:
        return standing.hindrance
    if not standing.issued and reference.rule("issued-only", event.log_time):
        return Hold("card_not_issued", "ask")
    match event.proxy and standing.proxies.get(event.proxy, ""):
        case "":
            return Hold("proxy_not_granted", "ask")
        case False:
            return "proxy_revoked"
        case _:
            return None


def unproven(standing: Standing, event: RegistrationCancellationRequested | VisitCloseRequested) -> str:
    """The code of why who asks to end a visit does not act for the holder (any more); empty when they do."""
    if event.proxy is None or standing.proxies.get(event.proxy):
        return ""
    return "proxy_revoked" if event.proxy in standing.proxies else "proxy_not_granted"


def _proxies(standing: Standing, proxy: str, *, granted: bool) -> Mapping[str, bool]:
    """With the newest word, and of the revoked ones only so many: the document stays small."""
    others = {key: was for key, was in standing.proxies.items() if key != proxy}
    gone = [key for key, was in others.items() if not was]
    for key in gone[: max(0, len(gone) - MOST_REVOKED + 1)]:
        del others[key]
    return {**others, proxy: granted}
