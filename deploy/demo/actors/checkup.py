"""The check-up department: its stations do what a package lists, and a doctor says what all of it means."""

from __future__ import annotations

from typing import Any, get_args

from deploy.demo.actors.desk import Duty, Job
from deploy.demo.actors.reader import CHECK_UP
from deploy.demo.actors.show import show_card
from deploy.demo.catalogue import CHECKUP_ITEMS
from deploy.demo.proportions import CHECKUP_DECLINED, CHECKUP_UNUSUAL
from deploy.demo.scene import frame
from deploy.demo.vitals import text
from shared.events.edge_checkup import CheckupConcluded, CheckupItemRecorded, Declined

DEPARTMENT = "90"
NOTHING_UNUSUAL, UNUSUAL = "未见明显异常。", "可见轻度改变，建议随访。"


async def station(job: Job) -> None:
    """Read the card and do one item, or write down why the resident declines it."""
    if not await job.begin():
        return
    where = job.scene.where(job.institution, "checkup_desk", job.rng)
    if body := job.scene.bodies.get(job.card):
        await show_card(job.scene, body.resident, job.visit, where, step=CHECK_UP, kind=job.kind, rng=job.rng)
    told = {**frame(job.card, job.visit, where), "item": job.item["item"]}
    await job.scene.say(CheckupItemRecorded(**told, **found(job)))


def found(job: Job) -> dict[str, Any]:
    """How the item comes out."""
    if job.rng.random() < CHECKUP_DECLINED:
        return {"declined": job.rng.choice(get_args(Declined))}
    if job.item["kind"] == "observed":
        unusual = job.rng.random() < CHECKUP_UNUSUAL
        return {"finding": UNUSUAL if unusual else NOTHING_UNUSUAL, "abnormal": unusual}
    item = CHECKUP_ITEMS[job.item["item"]]
    return {"value": text(*item.usual, item.places, job.rng), "unit": job.item["unit"]}


async def conclude(job: Job) -> None:
    """What all items together mean."""
    if not await job.begin():
        return
    unusual = [one["display"] for one in job.item["items"] if one["flag"] in ("low", "high", "abnormal")]
    told: dict[str, Any] = {
        "conclusion": f"{'、'.join(unusual)}异常" if unusual else "本次体检所检项目未见明显异常",
        "advice": "建议到专科门诊复查。" if unusual else "建议每年体检一次。",
    }
    where = job.scene.where(job.institution, "checkup_desk", job.rng)
    await job.scene.say(CheckupConcluded(**frame(job.card, job.visit, where), **told))


DUTIES = {
    "checkup_items": Duty(station, lambda item: item["item"]),
    "checkup_report": Duty(conclude, lambda item: item["order"]),
}
