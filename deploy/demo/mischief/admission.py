"""What intake refuses. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from deploy.demo.mischief.stage import Stage
from deploy.demo.scene import now
from shared.events.base import Visit
from shared.events.edge import (
    ConsultationRecorded,
    RegistrationRequested,
)
from shared.uuid7 import uuid7

LOOKS_LIKE_A_NUMBER = "139" + "0" * 8


async def past_good_until(stage: Stage) -> str:
    late = now() - timedelta(seconds=1)
    return await stage.say(RegistrationRequested, **stage.registration(good_until=late))


async def time_ahead(stage: Stage) -> str:
    soon = now() + timedelta(minutes=10)
    stage.visit = Visit(id=uuid7(round(soon.timestamp() * 1000)), date=stage.visit.date)
    return await stage.say(RegistrationRequested, at=soon, **stage.registration(good_until=soon))


async def terminal_of_another_institution(stage: Stage) -> str:
    where = stage.where().model_copy(update={"institution": stage.other})
    return await stage.say(RegistrationRequested, **stage.registration(where=where))


async def looks_personal(stage: Stage) -> str:
    await stage.opened()
    notes: dict[str, Any] = {"notes": f"请联系 {LOOKS_LIKE_A_NUMBER}"}
    return await stage.say(ConsultationRecorded, **stage.record(), **notes)


async def unknown_code(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(ConsultationRecorded, **stage.record(tests=1, test="99999-9"))


async def out_of_bounds(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(ConsultationRecorded, **stage.record(tests=2))


ACTS = (
    past_good_until,
    time_ahead,
    terminal_of_another_institution,
    looks_personal,
    unknown_code,
    out_of_bounds,
)
