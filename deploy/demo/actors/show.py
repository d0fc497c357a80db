"""Showing a card: what the resident holds up, and what the reader makes of it."""

from __future__ import annotations

import asyncio
from random import Random

from deploy.demo.actors.reader import Presented, use_record
from deploy.demo.proportions import PRINTED_CODE
from deploy.demo.residents import Resident
from deploy.demo.roster import dynamic_qr, static_qr
from deploy.demo.scene import Scene, now
from shared.events.base import Visit, Where
from shared.health_card.steps import Step


async def show_card(
    scene: Scene, resident: Resident, visit: Visit, where: Where, *, step: Step, kind: str, rng: Random
) -> Presented:
    """Hold up the code until the reader takes it, and let the reader leave its use record."""
    presented = await read_card(scene, resident, where, rng)
    await scene.say(use_record(presented, visit, where, step=step, kind=kind))
    return presented


async def read_card(scene: Scene, resident: Resident, where: Where, rng: Random) -> Presented:
    """A phone shows a new code every second; a printed code stays as it is."""
    reader = scene.reader(where.institution)
    printed = rng.random() < PRINTED_CODE
    while True:
        at = now()
        qr = static_qr(resident) if printed else dynamic_qr(resident, at, scene.city.secrets["protection.key"])
        presented = reader.read(qr, terminal=where.terminal, now=at)
        if isinstance(presented, Presented):
            return presented
        # Shown twice within its second: the phone's next code is a new one.
        await asyncio.sleep(1 - at.microsecond / 1_000_000)
