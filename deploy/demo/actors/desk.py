"""A desk: it follows its work list as guide tells it, and does each thing on it once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from random import Random
from typing import Any, NamedTuple

from deploy.demo.scene import Scene
from shared.events.base import SHANGHAI, Visit

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One item of a work list: whose, where, and the chance of whoever does it."""

    scene: Scene
    institution: str
    card: str
    visit: Visit
    item: Item
    rng: Random
    kind: str
    """The kind of the visit, as guide tells it."""
    look: Callable[[], Item | None]
    """The item as the list shows it now; None when it is gone: somebody who went home is called in vain."""

    async def begin(self) -> bool:
        """Take a moment, then look again."""
        await self.scene.pause(self.rng)
        return self.look() is not None


Act = Callable[[Job], Awaitable[None]]


class Duty(NamedTuple):
    """What a desk does with an item, and what makes an item another one than before."""

    act: Act
    key: Callable[[Item], Hashable]


@dataclass
class Desk:
    """One desk of one institution. `idle` when it has been told its list, that is empty and nothing is in hand."""

    scene: Scene
    institution: str
    name: str
    duty: Duty
    board: dict[str, list[Item]] = field(default_factory=dict)
    taken: set[Hashable] = field(default_factory=set)
    hands: set[asyncio.Task[None]] = field(default_factory=set)
    slips: list[BaseException] = field(default_factory=list)
    told: bool = False

    @property
    def called(self) -> str:
        """What people call it."""
        return f"{self.name} of {self.institution}"

    @property
    def idle(self) -> bool:
        return self.told and not self.board and not self.hands

    async def work(self) -> None:
        """Until cancelled."""
        try:
            async with aclosing(self.scene.guide.desk(self.institution, self.name)) as events:
                async for event, data in events:
                    self._hear(event, data)
        finally:
            for hand in self.hands:
                hand.cancel()

    def _hear(self, event: str, data: Any) -> None:
        match event:
            case "all":
                self.told = True
                self.board.clear()
                for work in data["work"]:
                    self._take(work)
            case "work":
                self._take(data)
            case "done":
                self.board.pop(data["visit"], None)

    def _take(self, work: dict[str, Any]) -> None:
        if not work["items"]:
            self.board.pop(work["visit"], None)
            return
        self.board[work["visit"]] = work["items"]
        for item in work["items"]:
            key: tuple[str, Hashable] = (work["visit"], self.duty.key(item))
            if key not in self.taken:
                self.taken.add(key)
                rng = self.scene.chance(self.name, *map(str, key))
                visit = Visit(id=work["visit"], date=day_of(work))
                look = partial(self._look, *key)
                job = Job(self.scene, self.institution, work["card"], visit, item, rng, work["kind"], look)
                self._begin(self.duty.act(job))

    def _look(self, visit: str, key: Hashable) -> Item | None:
        return next((item for item in self.board.get(visit, ()) if self.duty.key(item) == key), None)

    def _begin(self, act: Awaitable[None]) -> None:
        hand = asyncio.ensure_future(act)
        self.hands.add(hand)
        hand.add_done_callback(self._finished)

    def _finished(self, hand: asyncio.Future[None]) -> None:
        self.hands.discard(hand)
        if not hand.cancelled() and (slip := hand.exception()):
            self.slips.append(slip)


def day_of(work: dict[str, Any]) -> date:
    """The day a visit was opened for; of one nobody registered, the Shanghai day it was first heard of."""
    if work["date"]:
        return date.fromisoformat(work["date"])
    return datetime.fromisoformat(work["since"]).astimezone(SHANGHAI).date()
