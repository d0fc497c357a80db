"""A crowd: residents who keep coming, and the desks that serve them, while a test does something to the platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import cycle, islice, zip_longest

from deploy.demo.actors.resident import Outcome, live
from deploy.demo.cast import desks, visitors
from deploy.demo.opened import open_desks, scene_of
from deploy.demo.places import places
from deploy.demo.proportions import stories
from deploy.demo.residents import residents
from deploy.demo.roster import Roster
from deploy.demo.scene import Scene
from tests.support.town import Town

MOST = 400
LEAVE = 40.0
"""Seconds that those inside may still take once nobody comes in any more."""

LONG = ("checkup", "inpatient", "transferred", "referred")
OFTEN = 6


def _spread(told: Sequence[str]) -> Iterator[str]:
    """The stories with those that lead from one visit to the next, or to many stations, early and evenly among them,
    each kind in its turn."""
    turns = zip_longest(*([story for story in told if story == kind] for kind in LONG))
    long = [story for turn in turns for story in turn if story]
    for number, story in enumerate(story for story in told if story not in LONG):
        if long and number % OFTEN == 1:
            yield long.pop(0)
        yield story
    yield from long


# Those wait for each other's network to come back, which a crowd without an end would never see.
STORIES = list(_spread([story for story in stories(100, 1) if story != "offline_kiosk"]))


@dataclass
class Crowd:
    """Who is inside, and how it went for those who left. `errors` are of visitors the platform failed."""

    at_once: int
    outcomes: list[Outcome] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    inside: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def close(self) -> None:
        """Nobody comes in any more."""
        self.closed.set()


@asynccontextmanager
async def crowd(
    town: Town,
    *,
    at_once: int = 8,
    most: int = MOST,
    seed: int = 1,
    told: Sequence[str] = STORIES,
    think: float = 0.1,
    scene: Scene | None = None,
) -> AsyncIterator[Crowd]:
    """As many visits at once, one after the other, until `most` came or the block ends; then those inside leave."""
    found = Crowd(at_once)
    async with scene_of(town.here, town.city, seed, think=think) if scene is None else nullcontext(scene) as shared:
        there = places(town.city)
        many = islice(cycle(told), most)
        cast = visitors(shared, there, residents(20 * most + 100, seed, town.city.secrets), list(many))
        roster = Roster(town.local.folder / "roster.sqlite")

        async def come_in() -> None:
            for who in cast:
                if found.closed.is_set():
                    return
                roster.write([who.resident])
                found.inside += 1
                try:
                    found.outcomes.append(await live(who))
                except Exception as error:  # noqa: BLE001 - a person whom the platform failed goes home
                    found.errors.append(error)
                finally:
                    found.inside -= 1

        async with open_desks(desks(shared, there)):
            doors = [asyncio.create_task(come_in()) for _ in range(at_once)]
            try:
                yield found
            finally:
                found.close() if most == MOST else None
                await asyncio.wait(doors, timeout=LEAVE)
                for door in doors:
                    door.cancel()
                await asyncio.gather(*doors, return_exceptions=True)
