"""What some residents are granted at the card authority's desk before they come in, and whether they then felt it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import httpx

from deploy.commands.here import Here
from deploy.demo.actors.resident import Outcome
from deploy.demo.actors.visitor import Visitor
from deploy.demo.opened import drained
from deploy.demo.proportions import ENTITLED, RENEWED
from deploy.demo.residents import Resident
from deploy.http import client

USUAL = "outpatient"
"""The story of those who are granted something: they come as most do."""
CHILD, PARENTS = 14, range(20, 46)
"""Years: who is younger does not register alone; how much older a parent is."""
AT_ONCE = 8
"""People at the authority's desks at the same time."""
PATIENCE = 120.0
"""Seconds within which all of it is granted."""
AGAIN = 0.3
"""Seconds between two looks at a card."""
UNDECIDED = ("pending", "request_pending", "registry_unavailable", "unavailable")
"""Answers after which somebody looks again; any other is a no."""

FELT: Mapping[str, Callable[[Outcome], bool]] = {
    "five_free": lambda one: one.waived > 0,
    "treat-first": lambda one: one.treat_first,
}
"""How guide tells a resident of each entitlement."""


class Wish(NamedTuple):
    """What is asked about a card, as the authority's HTTP interface takes it."""

    card: str
    ask: Mapping[str, str]


def entitled(cast: Iterable[Visitor]) -> dict[str, str]:
    """Whose card is to entitle to what, by card key: exact shares of those who come as most do."""
    return _in_turn(cast, ENTITLED)


def renewed(cast: Iterable[Visitor]) -> dict[str, str]:
    """Whose card is to be replaced, and whose is a temporary one to be made formal, by card key; exact shares too."""
    return _in_turn(cast, RENEWED)


def _in_turn(cast: Iterable[Visitor], turns: Iterable[str]) -> dict[str, str]:
    usual = [who.card for who in cast if who.story == USUAL]
    return {card: code for card, code in zip(usual, cycle(turns), strict=False) if code}


def parents(cast: Iterable[Visitor], people: Iterator[Resident]) -> list[Resident]:
    """Each child among those who come as most do gets a parent, who registers for it and closes the visit."""
    found = []
    for who in cast:
        if who.story == USUAL and who.resident.age() < CHILD:
            parent = next(one for one in people if one.age() - who.resident.age() in PARENTS)
            who.proxy = parent.key
            found.append(parent)
    return found


def wishes(entitlements: Mapping[str, str], renewals: Mapping[str, str], cast: Iterable[Visitor]) -> list[Wish]:
    """All of it: entitlements, cards renewed, and who may act for a child."""
    return [
        *(Wish(card, {"ask": "entitle", "entitlement": code}) for card, code in entitlements.items()),
        *(Wish(card, {"ask": ask}) for card, ask in renewals.items()),
        *(
            Wish(who.card, {"ask": "grant_proxy", "proxy": who.proxy, "relation": "parent"})
            for who in cast
            if who.proxy
        ),
    ]


async def grant(here: Here, wanted: Sequence[Wish]) -> None:
    """Return when all of it is granted and every service has heard so. TimeoutError after two minutes; RuntimeError if
    the authority says no."""
    free = asyncio.Semaphore(AT_ONCE)
    async with asyncio.timeout(PATIENCE), client(base_url=here.urls["cards"], headers=here.shows, timeout=30) as asking:

        async def granted(one: Wish) -> None:
            async with free:
                await _granted(asking, one)

        await asyncio.gather(*map(granted, wanted))
    if wanted:
        # Whoever registers before registration has heard of an entitlement comes too early for it.
        await drained(here, ())


def unfelt(entitlements: Mapping[str, str], outcomes: Iterable[Outcome]) -> list[str]:
    """Who went home and was never told of what their card entitles them to."""
    return [
        f"{entitlements[one.card]} made no difference in the visit {one.visit}"
        for one in outcomes
        if one.card in entitlements and one.status == "closed" and not FELT[entitlements[one.card]](one)
    ]


async def _granted(asking: httpx.AsyncClient, one: Wish) -> None:
    while True:
        answer = await asking.post(f"/cards/{one.card}/requests", json=one.ask)
        if answer.status_code == 200:
            return
        if (code := answer.json()["code"]) not in UNDECIDED:
            raise RuntimeError(f"the card authority refused {one.ask['ask']}: {code}")
        if _has(await _decided(asking, one.card), one.ask):
            return


async def _decided(asking: httpx.AsyncClient, card: str) -> dict[str, Any]:
    """How a card stands once nothing is pending about it."""
    while True:
        await asyncio.sleep(AGAIN)
        answer = await asking.get(f"/cards/{card}")
        if answer.status_code == 200 and (told := answer.json())["pending"] is None:
            return dict(told)


def _has(told: Mapping[str, Any], ask: Mapping[str, str]) -> bool:
    """Whether a card stands as it was asked for."""
    match ask:
        case {"entitlement": code}:
            return code in told["entitlements"]
        case {"proxy": card}:
            return card in told["proxies"]
        case {"ask": "replace"}:
            return bool(told["issue"] > 1)
        case _:
            return bool(told["standing"] == "formal")
