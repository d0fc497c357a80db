"""All scenarios at once, at places where nobody else acts; then what guide and intake say of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

from deploy.commands.here import Here
from deploy.demo.mischief import SCENARIOS, Played, Scenario, Stage, play
from deploy.demo.mischief.held import as_logged
from deploy.demo.residents import Resident
from deploy.demo.scene import Scene
from deploy.http import client, dead_letters
from shared.reference import Institution

LONGEST = 90.0
"""Seconds one scenario may take: two spans of a deadline, and a busy machine."""


def stages(scene: Scene, elsewhere: list[Institution], people: Iterator[Resident]) -> list[Stage]:
    """One stage and one resident for every scenario, at two county hospitals."""
    place, other = [one.code for one in elsewhere if one.level == "county"][:2]
    return [Stage(scene, next(people), place, other, scene.chance("mischief", one.name)) for one in SCENARIOS]


async def play_all(here: Here, set_: list[Stage]) -> list[Played]:
    """Every scenario on its stage. One that does not end tells nothing."""
    playing = [_play(one, stage) for one, stage in zip(SCENARIOS, set_, strict=True)]
    return await as_logged(here, await asyncio.gather(*playing))


async def set_aside(here: Here) -> Counter[str]:
    """The causes intake set records aside for, as its operator sees them."""
    async with client() as asking:
        return Counter([letter["cause"] async for letter in dead_letters(asking, here.urls["intake"])])


def expected_aside() -> Counter[str]:
    """The causes all scenarios together must leave."""
    return Counter(one.expects for one in SCENARIOS if one.set_aside)


async def _play(scenario: Scenario, stage: Stage) -> Played:
    try:
        async with asyncio.timeout(LONGEST):
            return await play(scenario, stage)
    except (TimeoutError, AssertionError) as slip:
        words = f": {slip}" if str(slip) else ""
        return Played(scenario, f"nothing ({type(slip).__name__}{words})", None)
