"""What the life of a visit refuses. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from deploy.demo.mischief.stage import Stage
from deploy.demo.scene import new_id
from shared.events.base import Visit, derive
from shared.events.edge import (
    ConsultationRecorded,
    RegistrationCancellationRequested,
    RegistrationRequested,
    SpecimenCollected,
    VisitCloseRequested,
)
from shared.uuid7 import uuid7


async def not_registered(stage: Stage) -> str:
    return await stage.say(RegistrationCancellationRequested)


async def consulted_unregistered(stage: Stage) -> str:
    return await stage.say(ConsultationRecorded, **stage.record())


async def already_registered(stage: Stage) -> str:
    await stage.opened()
    stage.visit = Visit(id=uuid7(), date=stage.visit.date)
    return await stage.say(RegistrationRequested, **stage.registration())


async def session_unknown(stage: Stage) -> str:
    return await stage.say(RegistrationRequested, **stage.registration(department="99"))


async def visit_mismatch(stage: Stage) -> str:
    return await stage.say(RegistrationRequested, **stage.registration(id=uuid7()))


async def visit_cancelled(stage: Stage) -> str:
    await stage.opened()
    await stage.done(RegistrationCancellationRequested)
    return await stage.say(VisitCloseRequested)


async def consulted_after_cancelling(stage: Stage) -> str:
    await stage.opened()
    await stage.done(RegistrationCancellationRequested)
    return await stage.say(ConsultationRecorded, **stage.record())


async def sampled_after_cancelling(stage: Stage) -> str:
    await stage.opened()
    await stage.done(RegistrationCancellationRequested)
    return await stage.say(SpecimenCollected, **stage.specimen(new_id(stage.rng)))


async def visit_closed(stage: Stage) -> str:
    await stage.opened()
    await stage.paid(derive(stage.visit.id, "bill"))
    await stage.done(VisitCloseRequested)
    return await stage.say(ConsultationRecorded, **stage.record())


async def consultation_started(stage: Stage) -> str:
    await stage.opened()
    await stage.consulted()
    return await stage.say(RegistrationCancellationRequested)


async def still_open(stage: Stage) -> str:
    await stage.opened()
    await stage.consulted(tests=1)
    return await stage.say(VisitCloseRequested)


async def other_institution(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(RegistrationCancellationRequested, where=stage.where(place=stage.other))


async def consulted_elsewhere(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(ConsultationRecorded, **stage.record(), where=stage.where("doctor_desk", stage.other))


async def ending_requested(stage: Stage) -> str:
    await stage.opened()
    await stage.consulted(tests=1)
    await stage.say(VisitCloseRequested)
    return await stage.say(ConsultationRecorded, **stage.record())


ACTS = (
    not_registered,
    consulted_unregistered,
    already_registered,
    session_unknown,
    visit_mismatch,
    visit_cancelled,
    consulted_after_cancelling,
    sampled_after_cancelling,
    visit_closed,
    consultation_started,
    still_open,
    other_institution,
    consulted_elsewhere,
    ending_requested,
)
