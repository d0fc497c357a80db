"""A resident: registers, follows where the visit stands, does what comes next, and goes home when it is over."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic

from deploy.demo.actors.stories import STORIES, USUAL, Story, usual
from deploy.demo.actors.visitor import MOST_ASKED, Visitor

LONGEST = 90.0
"""Seconds after which a visit that has not ended is given up."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one visit went. `status` is the visit's last one, or `given_up`."""

    story: str
    card: str
    visit: str
    status: str
    seconds: float


async def live(who: Visitor) -> Outcome:
    """The whole visit, from the first asking to the way home."""
    begun, status = monotonic(), "refused"
    story = STORIES.get(who.story, USUAL)
    try:
        async with asyncio.timeout(LONGEST):
            for _ in range(MOST_ASKED):
                await story.begin(who)
                status = await _follow(who, story)
                if status != "refused":
                    break
            await story.end(who)
    except TimeoutError:
        status = "given_up"
    return Outcome(who.story, who.card, who.at.id, status, monotonic() - begun)


async def _follow(who: Visitor, story: Story) -> str:
    async with aclosing(who.scene.guide.visit(who.card, who.at.id)) as standings:
        async for standing in standings:
            who.remember(standing)
            if await story.tell(who, standing):
                continue
            match standing["visit"]["status"]:
                case "refused":
                    return "refused"
                case "registered":
                    await usual(who, standing)
                case status if who.is_over(standing):
                    return status
    raise EOFError("guide ended a stream that has no end")
