"""What queues refuse. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from typing import Any

from deploy.demo.city import BOOKED_OUT, LABORATORY
from deploy.demo.mischief.stage import DEPARTMENT, REGISTRATION, SESSION, Stage
from deploy.demo.scene import now
from shared.events.base import Where, queue_key
from shared.events.edge import RegistrationCancellationRequested, RegistrationRequested
from shared.events.edge_queues import CheckInRequested, TicketCallRequested, TicketRequest, TicketServeReported

QUIET = "13"
"""A department nobody else comes to."""


async def ask_queue(
    stage: Stage, kind: type[TicketRequest], department: str, *, where: Where | None = None, **fields: Any
) -> str:
    """Ask the queue of a department's session in hand; its answer is told of the queue."""
    key = queue_key(stage.place, department, SESSION, stage.visit.date)
    if issubclass(kind, CheckInRequested):
        fields |= {"card": stage.resident.key, "visit": stage.visit}
    at = where or stage.where()
    asked = await stage.scene.say(kind(**fields, queue=key, where=at, good_until=now() + REGISTRATION))
    stage.queued[asked.id] = key
    return asked.id


async def session_full(stage: Stage) -> str:
    department, session = BOOKED_OUT
    return await stage.say(RegistrationRequested, **stage.registration(department=department, session=session))


async def ticket_withdrawn(stage: Stage) -> str:
    await stage.opened()
    await stage.done(RegistrationCancellationRequested)
    return await ask_queue(stage, CheckInRequested, DEPARTMENT)


async def already_in_queue(stage: Stage) -> str:
    await stage.settled(await ask_queue(stage, CheckInRequested, LABORATORY))
    return await ask_queue(stage, CheckInRequested, LABORATORY)


async def no_check_in(stage: Stage) -> str:
    return await ask_queue(stage, CheckInRequested, DEPARTMENT)


async def ticket_in_hand(stage: Stage) -> str:
    desk = stage.where("doctor_desk")
    # In a queue where nobody else waits: of many, whoever was called might leave before the second call.
    await stage.done(RegistrationRequested, **stage.registration(department=QUIET))
    await ask_queue(stage, TicketCallRequested, QUIET, where=desk)
    return await ask_queue(stage, TicketCallRequested, QUIET, where=desk)


async def nobody_waiting(stage: Stage) -> str:
    return await ask_queue(stage, TicketCallRequested, "10")


async def not_called(stage: Stage) -> str:
    return await ask_queue(stage, TicketServeReported, "10", number=1)


ACTS = (
    session_full,
    ticket_withdrawn,
    already_in_queue,
    no_check_in,
    ticket_in_hand,
    nobody_waiting,
    not_called,
)
