"""The cashier: reports what the payment provider said of each refund. Some fail first and succeed later."""

from __future__ import annotations

from deploy.demo.actors.desk import Duty, Job
from deploy.demo.proportions import REFUND_FAILS_FIRST
from deploy.demo.scene import frame, reference
from shared.events.edge import RefundReported


async def settle(job: Job) -> None:
    """Bills are the resident's to pay; a refund is the provider's to confirm."""
    if job.item["what"] != "refund":
        return
    if not await job.begin():
        return
    fails = job.item["status"] == "asked" and job.rng.random() < REFUND_FAILS_FIRST
    where = job.scene.where(job.institution, "cashier", job.rng)
    await job.scene.say(
        RefundReported(
            **frame(job.card, job.visit, where),
            refund=job.item["refund"],
            outcome="failed" if fails else "confirmed",
            reference=reference(job.rng),
        )
    )


DUTIES = {"cashier": Duty(settle, lambda item: (item["what"], item.get("refund"), item.get("status")))}
