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
    """How one visit went, or the last of `visits` that followed each other. `status` is its last one, or `given_up`;
    `waived` is what waivers took over of it, in fen, `treat_first` whether it could be paid at the end."""

    story: str
    card: str
    visit: str
    status: str
    seconds: float
    visits: tuple[str, ...] = ()
    waived: int = 0
    treat_first: bool = False


async def live(who: Visitor) -> Outcome:
    """The whole visit, and those that follow it, from the first asking to the way home."""
    begun = monotonic()
    story, before = STORIES.get(who.story, USUAL), []
    try:
        status = await _attend(who, story)
        while status == "closed" and (ended := who.at.id) and story.then(who):
            before.append(ended)
            status = await _attend(who, story)
        async with asyncio.timeout(LONGEST):
            await story.end(who)
    except TimeoutError:
        status = "given_up"
    seconds, visits = monotonic() - begun, (*before, who.at.id)
    return Outcome(who.story, who.card, who.at.id, status, seconds, visits, who.waived, who.treat_first)


async def _attend(who: Visitor, story: Story) -> str:
    """One visit, asked for until it is not refused; TimeoutError when it does not end."""
    status = "refused"
    async with asyncio.timeout(LONGEST):
        for _ in range(MOST_ASKED):
            await story.begin(who)
            status = await _follow(who, story)
            if status != "refused":
                break
        return status


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
