"""One card names the open visit of another, its order and its bill; each goes its own way."""

from __future__ import annotations

from typing import Any

from deploy.demo.mischief.consulted import Consulted
from deploy.demo.mischief.stage import Stage
from deploy.demo.scene import new_id
from services.guide.told import Answer
from shared.events.base import derive
from shared.events.edge import (
    ConsultationRecorded,
    LabResultEntered,
    PaymentTendered,
    SpecimenCollected,
    VisitCloseRequested,
)

Told = dict[str, Answer]


async def seen(stage: Stage) -> tuple[Consulted, int]:
    """A visit with a test ordered in it, and what is owed for that."""
    await stage.opened()
    await stage.paid(derive(stage.visit.id, "bill"))
    found = await stage.consulted(tests=1)
    return found, await stage.owed(found.bill)


async def goes_on(stage: Stage, found: Consulted) -> None:
    """All that was ordered is paid, sampled and reported."""
    await stage.paid(found.bill)
    specimen = new_id(stage.rng)
    entered: dict[str, Any] = {"order": found.test, "specimen": specimen, "analytes": stage.analytes()}
    await stage.done(SpecimenCollected, **stage.specimen(found.test, id=specimen))
    await stage.done(LabResultEntered, desk="analyser", **entered)


async def crossed(mine: Stage, theirs: Stage) -> Told:
    """What the first is told of an ask, a record, a specimen and a payment that name the second's visit; which goes on
    meanwhile."""
    found, owed = await seen(theirs)
    mine.visit = theirs.visit
    said = {
        "ask": await mine.say(VisitCloseRequested),
        "record": await mine.say(ConsultationRecorded, **mine.record(tests=1)),
        "specimen": await mine.say(SpecimenCollected, **mine.specimen(found.test)),
        "payment": await mine.say(PaymentTendered, **mine.tender(found.bill, owed)),
    }
    await goes_on(theirs, found)
    return {name: await mine.settled(id) for name, id in said.items()}
