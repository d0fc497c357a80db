"""What the laboratory refuses or calls irregular. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from typing import Any

from deploy.demo.catalogue import TESTS
from deploy.demo.mischief.consulted import Consulted
from deploy.demo.mischief.stage import Stage
from deploy.demo.scene import new_id
from shared.events.edge import (
    ConsultationRecorded,
    CriticalValueAcknowledgementReported,
    IrregularityResolutionReported,
    LabResultCorrected,
    LabResultEntered,
    OrderCancellationRequested,
    SpecimenCollected,
)
from shared.uuid7 import uuid7

Fields = dict[str, Any]
OTHER_SPECIMEN = next(test.specimen for test in TESTS.values() if test.specimen == "urine")


async def order_not_seen(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(SpecimenCollected, **stage.specimen(new_id(stage.rng)))


async def not_cleared(stage: Stage) -> str:
    """The specimen comes close behind the order, so that its span is over before that of the unpaid bill."""
    await stage.opened()
    order = Consulted(await stage.say(ConsultationRecorded, **stage.record(tests=1))).test
    return await stage.say(SpecimenCollected, **stage.specimen(order))


async def order_cancelled(stage: Stage) -> str:
    order = (await stage.visited(tests=1)).test
    await stage.done(OrderCancellationRequested, kind="lab_test", order=order)
    return await stage.say(SpecimenCollected, **stage.specimen(order))


async def order_lapsed(stage: Stage) -> str:
    await stage.opened()
    order = (await stage.consulted(tests=1)).test
    return await stage.say(SpecimenCollected, **stage.specimen(await lapsed(stage, order)))


async def already_collected(stage: Stage) -> str:
    order, _ = await stage.sampled()
    return await stage.say(OrderCancellationRequested, kind="lab_test", order=order)


async def specimen_not_seen(stage: Stage) -> str:
    order = (await stage.visited(tests=1)).test
    entered: Fields = {"order": order, "specimen": new_id(stage.rng), "analytes": stage.analytes()}
    return await stage.say(LabResultEntered, desk="analyser", **entered)


async def specimen_mismatch(stage: Stage) -> str:
    order = (await stage.visited(tests=1)).test
    return await stage.say(SpecimenCollected, **stage.specimen(order, kind=OTHER_SPECIMEN))


async def already_reported(stage: Stage) -> str:
    order, specimen = await stage.reported()
    entered: Fields = {"order": order, "specimen": specimen, "analytes": stage.analytes()}
    return await stage.say(LabResultEntered, desk="analyser", **entered)


async def result_not_seen(stage: Stage) -> str:
    order, _ = await stage.sampled()
    corrected: Fields = {"order": order, "analytes": stage.analytes(), "reason": "复检后更正"}
    return await stage.say(LabResultCorrected, desk="analyser", **corrected)


async def critical_not_seen(stage: Stage) -> str:
    order, _ = await stage.reported()
    return await stage.say(CriticalValueAcknowledgementReported, desk="doctor_desk", order=order, action="已处理")


async def already_recorded(stage: Stage) -> str:
    order, _ = await stage.reported("high_sugar")
    read: Fields = {"desk": "doctor_desk", "order": order, "action": "已处理"}
    await stage.done(CriticalValueAcknowledgementReported, **read)
    return await stage.say(CriticalValueAcknowledgementReported, **read)


async def irregularity_not_seen(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(
        IrregularityResolutionReported, service="lab", irregularity=uuid7(), resolution="已与当事科室核实"
    )


async def lapsed(stage: Stage, order: str) -> str:
    """The order, once its bill was not paid in time."""
    async for standing in stage.scene.guide.visit(stage.resident.key, stage.visit.id):
        if not standing["owed"]["fen"] and standing["done"]:
            break
    return order


ACTS = (
    order_not_seen,
    not_cleared,
    order_cancelled,
    order_lapsed,
    already_collected,
    specimen_not_seen,
    specimen_mismatch,
    already_reported,
    result_not_seen,
    critical_not_seen,
    already_recorded,
    irregularity_not_seen,
)
