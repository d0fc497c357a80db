"""Whoever sets irregular acts right: one report for each act on the list."""

from __future__ import annotations

from datetime import date

from deploy.demo.actors.desk import Duty, Job
from deploy.demo.scene import frame
from shared.events.base import Visit
from shared.events.edge import IrregularityResolutionReported


async def resolve(job: Job) -> None:
    if not await job.begin():
        return
    where = job.scene.where(job.institution, "registration_desk", job.rng)
    # Its service files an act under the day it names itself, which need not be that of the visit.
    visit = Visit(id=job.visit.id, date=date.fromisoformat(job.item["date"]))
    await job.scene.say(
        IrregularityResolutionReported(
            **frame(job.card, visit, where),
            service=job.item["service"],
            irregularity=job.item["request"],
            resolution="已与当事科室核实并补正",
        )
    )


DUTIES = {"reconcile": Duty(resolve, lambda item: item["request"])}
