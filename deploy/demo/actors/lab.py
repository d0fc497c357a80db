"""The laboratory: takes specimens, reports what the analyser measured, and puts some results right later."""

from __future__ import annotations

import asyncio

from deploy.demo.actors.desk import Duty, Item, Job
from deploy.demo.actors.reader import TEST
from deploy.demo.actors.show import show_card
from deploy.demo.catalogue import TESTS
from deploy.demo.pictures import PICTURES, results
from deploy.demo.proportions import RESULT_AMENDED, RESULT_BEFORE_SPECIMEN
from deploy.demo.scene import frame, new_id
from shared.events.edge import Analyte, LabResultCorrected, LabResultEntered, SpecimenCollected


async def collect(job: Job) -> None:
    """Read the card, take the specimen. A hasty analyser reports before the specimen is known."""
    if not await job.begin():
        return
    where = job.scene.where(job.institution, "lab_desk", job.rng)
    body = job.scene.bodies.get(job.card)
    if body:
        await show_card(job.scene, body.resident, job.visit, where, step=TEST, kind=job.kind, rng=job.rng)
    specimen = taken(job)
    if is_hasty(job):
        await enter(job, specimen)
    await job.scene.say(
        SpecimenCollected(
            **frame(job.card, job.visit, where),
            order=job.item["order"],
            specimen=specimen,
            kind=job.item["specimen_kind"],
        )
    )


async def report(job: Job) -> None:
    """Enter the result, unless a hasty analyser did for this very specimen, not for one that was taken too late; some
    are put right a little later."""
    entered = is_hasty(job) and job.item["specimen"] == taken(job)
    if not entered and await job.begin():
        await enter(job, job.item["specimen"])
    if job.scene.chance("amended", job.visit.id, job.item["order"]).random() < RESULT_AMENDED:
        await asyncio.sleep(3 * job.scene.think)
        where = job.scene.where(job.institution, "analyser", job.rng)
        await job.scene.say(
            LabResultCorrected(
                **frame(job.card, job.visit, where),
                order=job.item["order"],
                analytes=measured(job),
                reason="复检后更正",
            )
        )


async def enter(job: Job, specimen: str) -> None:
    where = job.scene.where(job.institution, "analyser", job.rng)
    await job.scene.say(
        LabResultEntered(
            **frame(job.card, job.visit, where), order=job.item["order"], specimen=specimen, analytes=measured(job)
        )
    )


def taken(job: Job) -> str:
    """The specimen the desk takes for an order; somebody else may have been quicker with another."""
    return new_id(job.scene.chance("specimen", job.visit.id, job.item["order"]))


def is_hasty(job: Job) -> bool:
    return job.scene.chance("hasty", job.visit.id, job.item["order"]).random() < RESULT_BEFORE_SPECIMEN


def measured(job: Job) -> list[Analyte]:
    """What the body's own picture gives; somebody nobody knows is healthy."""
    code: str = job.item["code"]
    body = job.scene.bodies.get(job.card)
    if code not in TESTS:
        return [Analyte(code=code, display=job.item["display"], value="1.0", unit="1")]
    return results(body.picture if body else PICTURES["cold"], code, job.rng)


def _by_order(item: Item) -> str:
    order: str = item["order"]
    return order


DUTIES = {"lab_collect": Duty(collect, _by_order), "lab_report": Duty(report, _by_order)}
