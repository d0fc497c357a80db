"""The card authority at work: cards of people nobody else is live whole lives, while a test does something."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from deploy.demo.authority import AUTHORITY
from deploy.demo.pictures import EMERGENCY
from deploy.demo.scene import Scene, frame, good_until, now
from shared.events import authority
from shared.events.base import Visit, Where
from shared.events.edge import CardAsk, RegistrationCancellationRequested, RegistrationRequested
from shared.uuid7 import uuid7

APART = 0.4
"""Seconds between two things the authority is asked for."""
LEAVE = 20.0
"""Seconds the life in hand may still take once the block ends."""
AT = Where(institution=AUTHORITY.institution, terminal=AUTHORITY.code, channel="authority")


@dataclass
class CardOffice:
    """How many lives were lived from the application to the merge, and what the platform failed."""

    scene: Scene
    place: str
    lives: int = 0
    errors: list[BaseException] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self) -> None:
        """Life after life, until it is closed."""
        while not self.closed.is_set():
            try:
                await self.live(self.lives)
            except Exception as error:  # noqa: BLE001 - whom the platform failed comes again another day
                self.errors.append(error)
            self.lives += 1

    async def live(self, number: int) -> None:
        """Issued, in a visit when it is lost, replaced, misused, restored; then merged into another, and taken out."""
        one, other = (_stranger(self.scene.seed, number, which) for which in ("one", "other"))
        await self.ask(authority.CardApplicationMade, other, standing="formal")
        await self.ask(authority.CardApplicationMade, one, standing="temporary")
        await self.ask(authority.CardFormalizationRequested, one)
        visit = await self.come_in(one)
        await self.ask(authority.CardSuspensionRequested, one, reason="lost")
        await self.ask(authority.CardReplacementRequested, one)
        await self.ask(authority.CardSuspensionRequested, one, reason="misused")
        await self.come_in(one)
        await self.ask(authority.CardRestorationRequested, one)
        await self.leave(one, visit)
        await self.ask(authority.CardMergeRequested, one, into=other)
        await self.ask(authority.CardUnmergeRequested, one)

    async def ask(self, kind: type[CardAsk], card: str, **fields: Any) -> None:
        await self.scene.say(kind(card=card, where=AT, good_until=good_until(), **fields))
        await asyncio.sleep(APART)

    async def come_in(self, card: str) -> Visit:
        """Ask for a visit; with a card that may not be used it is refused."""
        visit = Visit(id=uuid7(), date=now().date())
        where = self.scene.where(self.place, "registration_desk", self.scene.chance(visit.id))
        slot: dict[str, Any] = {"kind": "emergency", "department": EMERGENCY, "session": "morning", "date": visit.date}
        asked = RegistrationRequested(**frame(card, visit, where), good_until=good_until(), **slot)
        await self.scene.say(asked, id=visit.id)
        return visit

    async def leave(self, card: str, visit: Visit) -> None:
        """Nobody has seen them, so the visit is cancelled, and leaves no bill."""
        where = self.scene.where(self.place, "registration_desk", self.scene.chance(visit.id))
        await self.scene.say(RegistrationCancellationRequested(**frame(card, visit, where), good_until=good_until()))


@asynccontextmanager
async def card_office(scene: Scene, place: str) -> AsyncIterator[CardOffice]:
    """The office at work, for as long as the block lasts; visits are asked for at a hospital where nobody else acts."""
    office = CardOffice(scene, place)
    work = asyncio.create_task(office.work())
    try:
        yield office
    finally:
        office.closed.set()
        await asyncio.wait([work], timeout=LEAVE)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def _stranger(seed: int, number: int, which: str) -> str:
    """The key of a card that is nobody's."""
    return hashlib.sha256(f"card office {seed} {number} {which}".encode()).hexdigest()
