"""One resident's visit, told as it happens: who asked what at which terminal, what came back, and how fast."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, time_ns

from deploy.commands.here import Here
from deploy.demo.actors.caller import calling
from deploy.demo.actors.resident import Outcome, live
from deploy.demo.cast import REFERRED, desks, visitors
from deploy.demo.city import City
from deploy.demo.guide import SETTLED
from deploy.demo.issued import issue
from deploy.demo.opened import drained, open_desks, scene_of
from deploy.demo.places import places, way_up
from deploy.demo.residents import residents
from services.guide.words import ANSWERS
from shared.events import Request, VisitRequest
from shared.events.codes import words
from shared.events.edge import CardPresented
from shared.events.edge_inpatient import BedRequested
from shared.events.edge_queues import TicketRequest

WHO = {
    "kiosk": ("自助机", "resident, kiosk"),
    "phone_gateway": ("手机", "resident, phone"),
    "registration_desk": ("挂号窗口", "registration desk"),
    "doctor_desk": ("医生", "doctor"),
    "cashier": ("收费", "cashier"),
    "lab_desk": ("采样窗口", "sampling desk"),
    "analyser": ("检验科", "laboratory"),
    "exam_desk": ("检查室", "examination room"),
    "checkup_desk": ("体检科", "check-up station"),
    "pharmacy_desk": ("药房", "pharmacy"),
    "ward_desk": ("病区", "ward"),
}

Followed = VisitRequest | TicketRequest | BedRequested
"""Requests whose answer guide tells of the visit, or of a queue."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request and its answer. `visit` is empty for what was asked of a queue, `kind` is that of the visit just
    then. `ms` from publishing it to guide telling the answer; `held`: it waited in between."""

    at: float
    visit: str
    kind: str
    place: tuple[str, str]
    who: tuple[str, str]
    terminal: str
    asked: str
    status: str
    words: tuple[str, str]
    held: bool
    ms: int


async def one_visit(
    here: Here, city: City, *, kind: str = "outpatient", on_step: Callable[[Seen], None], seed: int | None = None
) -> Outcome:
    """A visit of one of the demo's stories, at one of its places; every answer is told to `on_step` as it comes."""
    begun, telling = monotonic(), set[asyncio.Task[None]]()
    chance = time_ns() if seed is None else seed

    names = {place.code: (place.name_zh, place.name_en) for place in city.institutions}

    async def follow(request: Followed, id: str, asked: float, kind: str) -> None:
        if isinstance(request, TicketRequest):
            found = await scene.guide.queue_answer(request.queue, id)
        else:
            among = ("admitted", *SETTLED) if isinstance(request, CardPresented) else SETTLED
            found = await scene.guide.answer(request.card, request.visit.id, id, among=among)
        said = words(found["code"]) if "code" in found else ANSWERS[found["status"]]
        on_step(
            Seen(
                at=round(asked - begun, 2),
                visit="" if isinstance(request, TicketRequest) else request.visit.id,
                kind=kind,
                place=names[request.where.institution],
                who=WHO[request.where.terminal.split("-")[1]],
                terminal=request.where.terminal,
                asked=request.TYPE.split(".")[-2],
                status=found["status"],
                words=(said[0], said[1]),
                held=any(name.endswith(".request-held.v1") for name in found["by"]),
                ms=round((monotonic() - asked) * 1000),
            )
        )

    def heard(request: Request, id: str) -> None:
        if not isinstance(request, Followed):
            return
        task = asyncio.create_task(follow(request, id, monotonic(), who.kind))
        telling.add(task)
        task.add_done_callback(telling.discard)

    async with scene_of(here, city, chance, outage=1, heard=heard) as scene:
        there = places(city)
        who = next(visitors(scene, there, residents(500, chance, city.secrets), [kind], rich=True))
        await issue(here, [who.resident])
        where = way_up(city, who.institution) if kind == REFERRED else way_up(city, who.institution)[:1]
        async with open_desks(desks(scene, where)) as open_, calling(scene) as caller:
            outcome = await live(who)
            await drained(here, [*open_, caller])
            await asyncio.gather(*telling)
    return outcome
