"""The pharmacy: reviews every prescription, returns some, and hands over what was released."""

from __future__ import annotations

from deploy.demo.actors.desk import Duty, Job
from deploy.demo.proportions import HANDED_BEFORE_REVIEW, RETURNED
from deploy.demo.scene import frame
from shared.events.edge import HandedLine, MedicationHandedOver, PrescriptionReviewed


async def review(job: Job) -> None:
    """Pass or return it. A careless pharmacist hands over first."""
    if not await job.begin():
        return
    where = job.scene.where(job.institution, "pharmacy_desk", job.rng)
    returned = job.rng.random() < RETURNED
    if not returned and is_careless(job):
        await give(job)
    await job.scene.say(
        PrescriptionReviewed(
            **frame(job.card, job.visit, where),
            prescription=job.item["prescription"],
            verdict="returned" if returned else "passed",
            reason="剂量待核实" if returned else "",
        )
    )


async def hand_over(job: Job) -> None:
    """Only to somebody who asked for it and was told what to fetch."""
    if job.item["released"] and not is_careless(job) and await job.begin():
        await give(job)


async def give(job: Job) -> None:
    where = job.scene.where(job.institution, "pharmacy_desk", job.rng)
    lines = [HandedLine(order=line["order"], quantity=line["quantity"]) for line in job.item["lines"]]
    await job.scene.say(
        MedicationHandedOver(**frame(job.card, job.visit, where), prescription=job.item["prescription"], lines=lines)
    )


def is_careless(job: Job) -> bool:
    return job.scene.chance("careless", job.visit.id).random() < HANDED_BEFORE_REVIEW


DUTIES = {
    "pharmacy_review": Duty(review, lambda item: item["prescription"]),
    "pharmacy_handover": Duty(hand_over, lambda item: (item["prescription"], item["released"], len(item["lines"]))),
}
