"""The demo's run: residents, desks and mischief in one city at once, until all is done; then what it measured."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from deploy.commands.here import Here
from deploy.demo.actors.caller import calling
from deploy.demo.actors.resident import Outcome, live
from deploy.demo.actors.visitor import Visitor
from deploy.demo.cast import desks, visitors
from deploy.demo.city import City
from deploy.demo.granted import entitled, grant, parents, renewed, unfelt, wishes
from deploy.demo.issued import issue
from deploy.demo.measured import Step, measured
from deploy.demo.mischief.everything import expected_aside, play_all, set_aside, stages
from deploy.demo.opened import drained, open_desks, scene_of
from deploy.demo.places import places
from deploy.demo.proportions import stories
from deploy.demo.residents import residents
from deploy.demo.roster import Roster

AT_ONCE = 80
"""Visits under way at the same time."""
APART = 0.03
"""Seconds between two residents who come in."""
LEFT_BY_MISCHIEF = ("cashier", "reconcile")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class DemoResult:
    """`archive` and `visit` name one resident's interesting visit. `entitled` and `renewed` count cards, `proxies`
    visits that a parent asked for and closed; `waived` is in fen. `mischief` counts scenarios; what came otherwise than
    it must is in `slips`, with whatever else went wrong."""

    visits: int
    mischief: int
    seconds: float
    stories: dict[str, int]
    endings: dict[str, int]
    entitled: dict[str, int]
    renewed: dict[str, int]
    proxies: int
    waived: int
    steps: list[Step]
    archive: str
    visit: str
    given_up: list[Outcome] = field(default_factory=list)
    slips: list[str] = field(default_factory=list)


async def run(
    here: Here, city: City, *, visits: int, seed: int, progress: Progress = lambda _done, _all: None
) -> DemoResult:
    """Run so many visits on a platform; return when all actors are done and the services have nothing left to do."""
    begun, told = monotonic(), stories(visits, seed)
    there = places(city)
    elsewhere = [place for place in city.institutions if place not in there]
    people = residents(20 * visits + 200, seed, city.secrets)
    async with scene_of(here, city, seed, outage=told.count("offline_kiosk")) as scene:
        staged = stages(scene, elsewhere, people)
        cast = list(visitors(scene, there, people, told))
        acting = parents(cast, people)
        known = [*(stage.resident for stage in staged), *(who.resident for who in cast), *acting]
        Roster(Path(here.folder) / "roster.sqlite").write(known)
        entitlements, renewals = entitled(cast), renewed(cast)
        await issue(here, known, temporary={card for card, ask in renewals.items() if ask == "formalize"})
        await grant(here, wishes(entitlements, renewals, cast))
        async with open_desks(desks(scene, there)) as open_, calling(scene) as caller:
            outcomes, played = await asyncio.gather(_come_in(cast, progress), play_all(here, staged))
            # Nobody acts where mischief is done, but what it leaves behind is set right like anything else.
            used = {stage.place for stage in staged}
            left = desks(scene, [place for place in elsewhere if place.code in used], LEFT_BY_MISCHIEF)
            async with open_desks(left):
                await drained(here, [*open_, *left, caller])
        slips = [f"{desk.name}: {slip!r}" for desk in (*open_, *left) for slip in desk.slips]
    slips += unfelt(entitlements, outcomes)
    slips += [f"{one.scenario.name}: {one.got or 'nothing'}" for one in played if not one.as_expected]
    aside, expected = await set_aside(here), expected_aside()
    slips += [
        f"set aside for {cause}: {aside[cause]}, not {expected[cause]}"
        for cause in aside | expected
        if aside[cause] != expected[cause]
    ]
    shown = _interesting(outcomes)
    return DemoResult(
        visits=visits,
        mischief=len(played),
        seconds=round(monotonic() - begun, 1),
        stories=dict(Counter(one.story for one in outcomes)),
        endings=dict(Counter(one.status for one in outcomes)),
        entitled=dict(Counter(entitlements.values())),
        renewed=dict(Counter(renewals.values())),
        proxies=sum(one.status == "closed" for who, one in zip(cast, outcomes, strict=True) if who.proxy),
        waived=sum(one.waived for one in outcomes),
        steps=await measured(here.access("operator")),
        archive=shown.card,
        visit=shown.visit,
        given_up=[one for one in outcomes if one.status == "given_up"],
        slips=slips,
    )


async def _come_in(cast: Sequence[Visitor], progress: Progress) -> list[Outcome]:
    """Residents who wait for a deadline come first and hold no place; of all others so many are inside at once."""
    inside, done = asyncio.Semaphore(AT_ONCE), 0
    progress(0, len(cast))

    async def visit(who: Visitor, number: int) -> Outcome:
        nonlocal done
        await asyncio.sleep(number * APART)
        async with inside:
            outcome = await live(who)
        done += 1
        progress(done, len(cast))
        return outcome

    return await asyncio.gather(*(visit(who, number) for number, who in enumerate(cast)))


def _interesting(outcomes: Sequence[Outcome]) -> Outcome:
    """An emergency with everything in it, or whatever took longest."""
    emergencies = [one for one in outcomes if one.story == "emergency" and one.status == "closed"]
    return max(emergencies or outcomes, key=lambda one: one.seconds)
