"""The examination rooms: make what has its time, report what was seen, and put some reports right later."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from deploy.demo.actors.desk import Duty, Item, Job
from deploy.demo.actors.reader import EXAMINE
from deploy.demo.actors.show import show_card
from deploy.demo.pictures import PICTURES, reported
from deploy.demo.proportions import REPORT_AMENDED
from deploy.demo.scene import frame, image_reference, now
from shared.events.edge_rooms import ExaminationPerformed, ExaminationReportCorrected, ExaminationReportEntered


async def perform(job: Job) -> None:
    """Read the card and make the examination, not before its time."""
    if job.item["at"]:
        await asyncio.sleep(max(0.0, (datetime.fromisoformat(job.item["at"]) - now()).total_seconds()))
    if not await job.begin():
        return
    where = job.scene.where(job.institution, "exam_desk", job.rng)
    body = job.scene.bodies.get(job.card)
    if body:
        await show_card(job.scene, body.resident, job.visit, where, step=EXAMINE, kind=job.kind, rng=job.rng)
    await job.scene.say(
        ExaminationPerformed(
            **frame(job.card, job.visit, where),
            order=job.item["order"],
            modality=job.item["modality"],
            image=image_reference(job.rng),
        )
    )


async def report(job: Job) -> None:
    """Write what was seen; some reports are put right a little later."""
    if not await job.begin():
        return
    where = job.scene.where(job.institution, "exam_desk", job.rng)
    told = {**frame(job.card, job.visit, where), **seen(job)}
    await job.scene.say(ExaminationReportEntered(**told))
    if job.scene.chance("rewritten", job.visit.id, job.item["order"]).random() < REPORT_AMENDED:
        await asyncio.sleep(3 * job.scene.think)
        await job.scene.say(ExaminationReportCorrected(**told, reason="会诊后更正"))


def seen(job: Job) -> dict[str, Any]:
    """What the body's own picture shows; somebody nobody knows is healthy."""
    body = job.scene.bodies.get(job.card)
    found = reported(body.picture if body else PICTURES["cold"], job.item["code"])
    told = {"findings": found.findings, "conclusion": found.conclusion, "critical": found.critical or None}
    return {"order": job.item["order"], **told}


def _by_order(item: Item) -> str:
    order: str = item["order"]
    return order


DUTIES = {"exam_perform": Duty(perform, _by_order), "exam_report": Duty(report, _by_order)}
