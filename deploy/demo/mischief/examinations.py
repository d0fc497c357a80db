"""What the examination rooms refuse or call irregular. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from datetime import timedelta

from deploy.demo.mischief.consulted import Consulted
from deploy.demo.mischief.stage import Stage
from deploy.demo.scene import now
from shared.events.edge import ConsultationRecorded, OrderCancellationRequested
from shared.events.edge_rooms import (
    CriticalFindingAcknowledgementReported,
    ExaminationPerformed,
    ExaminationReportCorrected,
    ExaminationReportEntered,
    ExaminationScheduleRequested,
)


async def appointment_past(stage: Stage) -> str:
    order = (await stage.visited(examinations=1)).examination
    made = stage.made(ExaminationScheduleRequested, order=order, at=now() - timedelta(hours=1))
    return (await stage.scene.say(made)).id


async def already_performed(stage: Stage) -> str:
    order = await stage.examined()
    return await stage.say(OrderCancellationRequested, kind="examination", order=order)


async def not_performed(stage: Stage) -> str:
    order = (await stage.visited(examinations=1)).examination
    return await stage.say(ExaminationReportEntered, **stage.report(order))


async def modality_mismatch(stage: Stage) -> str:
    order = (await stage.visited(examinations=1)).examination
    return await stage.say(ExaminationPerformed, desk="exam_desk", order=order, modality="MR")


async def examined_unpaid(stage: Stage) -> str:
    """It comes close behind the order, so that its span is over before that of the unpaid bill."""
    await stage.opened()
    order = Consulted(await stage.say(ConsultationRecorded, **stage.record(examinations=1))).examination
    return await stage.say(ExaminationPerformed, desk="exam_desk", order=order, modality="DX")


async def reported_twice(stage: Stage) -> str:
    order = await stage.examined()
    await stage.done(ExaminationReportEntered, **stage.report(order))
    return await stage.say(ExaminationReportEntered, **stage.report(order))


async def corrected_unreported(stage: Stage) -> str:
    order = await stage.examined()
    return await stage.say(ExaminationReportCorrected, **stage.report(order), reason="会诊后更正")


async def read_twice(stage: Stage) -> str:
    order = await stage.examined()
    await stage.done(ExaminationReportEntered, **stage.report(order, critical="张力性气胸"))
    await stage.done(CriticalFindingAcknowledgementReported, desk="doctor_desk", order=order, action="已处理")
    return await stage.say(CriticalFindingAcknowledgementReported, desk="doctor_desk", order=order, action="已处理")


ACTS = (
    appointment_past,
    already_performed,
    not_performed,
    modality_mismatch,
    examined_unpaid,
    reported_twice,
    corrected_unreported,
    read_twice,
)
