"""What queues refuse. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from deploy.demo.city import BOOKED_OUT, LABORATORY
from deploy.demo.mischief.stage import DEPARTMENT, Stage
from shared.events.edge import RegistrationCancellationRequested, RegistrationRequested
from shared.events.edge_queues import CheckInRequested, TicketCallRequested, TicketServeReported


async def session_full(stage: Stage) -> str:
    department, session = BOOKED_OUT
    return await stage.say(RegistrationRequested, **stage.registration(department=department, session=session))


async def ticket_withdrawn(stage: Stage) -> str:
    await stage.opened()
    await stage.done(RegistrationCancellationRequested)
    return await stage.ask_queue(CheckInRequested, DEPARTMENT)


async def already_in_queue(stage: Stage) -> str:
    await stage.settled(await stage.ask_queue(CheckInRequested, LABORATORY))
    return await stage.ask_queue(CheckInRequested, LABORATORY)


async def no_check_in(stage: Stage) -> str:
    return await stage.ask_queue(CheckInRequested, DEPARTMENT)


async def ticket_in_hand(stage: Stage) -> str:
    desk = stage.where("doctor_desk")
    await stage.opened()
    await stage.settled(await stage.ask_queue(TicketCallRequested, DEPARTMENT, where=desk))
    return await stage.ask_queue(TicketCallRequested, DEPARTMENT, where=desk)


async def nobody_waiting(stage: Stage) -> str:
    return await stage.ask_queue(TicketCallRequested, "10")


async def not_called(stage: Stage) -> str:
    return await stage.ask_queue(TicketServeReported, "10", number=1)


ACTS = (
    session_full,
    ticket_withdrawn,
    already_in_queue,
    no_check_in,
    ticket_in_hand,
    nobody_waiting,
    not_called,
)
