"""What is refused to a card that may not be used, and to a proxy nobody granted. The authority acts at its terminal."""

from __future__ import annotations

import hashlib
from contextlib import aclosing
from typing import Any

from deploy.demo.authority import AUTHORITY
from deploy.demo.mischief.stage import REGISTRATION, Stage
from deploy.demo.scene import new_id, now
from shared.events.authority import (
    CardApplicationMade,
    CardMergeRequested,
    CardSuspensionRequested,
    ProxyGrantRequested,
    ProxyRevocationRequested,
)
from shared.events.base import Visit, Where
from shared.events.edge import CardAsk, RegistrationRequested, SpecimenCollected, VisitCloseRequested
from shared.uuid7 import uuid7

PATIENT = 20
"""How often a proxy asks until the revocation has come to registration."""


async def card_suspended(stage: Stage) -> str:
    await _suspended(stage)
    return await _another_visit(stage)


async def card_merged(stage: Stage) -> str:
    await stage.opened()
    kept = _stranger(stage, "kept")
    for card in (kept, stage.resident.key):
        await _of_card(stage, CardApplicationMade, card, standing="formal")
    await _of_card(stage, CardMergeRequested, stage.resident.key, into=kept)
    await _until_suspended(stage)
    return await _another_visit(stage)


async def visit_suspended(stage: Stage) -> str:
    await _suspended(stage)
    return await stage.say(SpecimenCollected, **stage.specimen(new_id(stage.rng)))


async def proxy_not_granted(stage: Stage) -> str:
    return await stage.say(RegistrationRequested, **stage.registration(proxy=_stranger(stage, "proxy")))


async def proxy_revoked(stage: Stage) -> str:
    await stage.opened()
    proxy = _stranger(stage, "proxy")
    await _of_card(stage, CardApplicationMade, stage.resident.key, standing="formal")
    await _of_card(stage, ProxyGrantRequested, stage.resident.key, proxy=proxy, relation="child")
    await _of_card(stage, ProxyRevocationRequested, stage.resident.key, proxy=proxy)
    asked = ""
    for _ in range(PATIENT):
        asked = await stage.say(VisitCloseRequested, proxy=proxy)
        if (await stage.settled(asked)).get("code") == "proxy_revoked":
            break
    return asked


async def _suspended(stage: Stage) -> None:
    await stage.opened()
    await _of_card(stage, CardApplicationMade, stage.resident.key, standing="formal")
    await _of_card(stage, CardSuspensionRequested, stage.resident.key, reason="lost")
    await _until_suspended(stage)


async def _until_suspended(stage: Stage) -> None:
    async with aclosing(stage.scene.guide.visit(stage.resident.key, stage.visit.id)) as standings:
        async for standing in standings:
            if standing["visit"]["status"] == "suspended":
                return


async def _another_visit(stage: Stage) -> str:
    stage.visit = Visit(id=uuid7(), date=stage.visit.date)
    return await stage.say(RegistrationRequested, **stage.registration(session="afternoon"))


async def _of_card(stage: Stage, kind: type[CardAsk], card: str, **fields: Any) -> None:
    where = Where(institution=AUTHORITY.institution, terminal=AUTHORITY.code, channel="authority")
    await stage.scene.say(kind(card=card, where=where, good_until=now() + REGISTRATION, **fields))


def _stranger(stage: Stage, what: str) -> str:
    """The key of a card of nobody in the demo."""
    return hashlib.sha256(f"{what}/{stage.resident.key}".encode()).hexdigest()


ACTS = (card_suspended, card_merged, visit_suspended, proxy_not_granted, proxy_revoked)
