"""What the pharmacy refuses or calls irregular. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from typing import Any

from deploy.demo.mischief.stage import Stage
from deploy.demo.scene import new_id
from shared.events.edge import (
    HandedLine,
    MedicationHandedOver,
    MedicationPickupRequested,
    PrescriptionReviewed,
)

Fields = dict[str, Any]


async def prescription_not_seen(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(MedicationPickupRequested, prescription=new_id(stage.rng))


async def fetched_unpaid(stage: Stage) -> str:
    await stage.opened()
    found = await stage.consulted(medicines=1)
    # Nobody waits for the review's answer here: meanwhile the bill could lapse, and the order with it.
    await stage.say(PrescriptionReviewed, desk="pharmacy_desk", prescription=found.prescription, verdict="passed")
    return await stage.say(MedicationPickupRequested, prescription=found.prescription)


async def not_reviewed(stage: Stage) -> str:
    found = await stage.visited(medicines=1)
    return await stage.say(MedicationPickupRequested, prescription=found.prescription)


async def already_reviewed(stage: Stage) -> str:
    found = await stage.reviewed()
    again: Fields = {"prescription": found.prescription, "verdict": "returned", "reason": "剂量待核实"}
    return await stage.say(PrescriptionReviewed, desk="pharmacy_desk", **again)


async def prescription_returned(stage: Stage) -> str:
    found = await stage.reviewed("returned")
    return await stage.say(MedicationPickupRequested, prescription=found.prescription)


async def already_dispensed(stage: Stage) -> str:
    found = await stage.reviewed()
    await stage.done(MedicationHandedOver, **handed(found.prescription, found.medicine))
    return await stage.say(MedicationHandedOver, **handed(found.prescription, found.medicine))


async def more_than_prescribed(stage: Stage) -> str:
    found = await stage.reviewed()
    return await stage.say(MedicationHandedOver, **handed(found.prescription, found.medicine, "3"))


async def line_unknown(stage: Stage) -> str:
    found = await stage.reviewed()
    return await stage.say(MedicationHandedOver, **handed(found.prescription, new_id(stage.rng)))


def handed(prescription: str, order: str, quantity: str = "2") -> Fields:
    lines = [HandedLine(order=order, quantity=quantity)]
    return {"desk": "pharmacy_desk", "prescription": prescription, "lines": lines}


ACTS = (
    prescription_not_seen,
    fetched_unpaid,
    not_reviewed,
    already_reviewed,
    prescription_returned,
    already_dispensed,
    more_than_prescribed,
    line_unknown,
)
