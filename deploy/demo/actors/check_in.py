"""Whoever is told to have a specimen taken asks for a number at the laboratory, whose queue is joined on arrival."""

from __future__ import annotations

from deploy.demo.actors.visitor import Visitor, steps
from deploy.demo.city import LABORATORY
from deploy.demo.scene import good_until
from services.guide.told import VisitStanding
from shared.events.base import queue_key
from shared.events.edge_queues import CheckInRequested


async def check_in(who: Visitor, standing: VisitStanding) -> None:
    """Once, at the sampling desk, a kiosk or by phone. To whoever lies in a bed the laboratory comes."""
    matter = f"check in {LABORATORY}"
    if "collect" not in steps(standing) or who.kind == "inpatient" or not who.may_ask(matter, standing):
        return
    queue, where = queue_key(who.institution, LABORATORY, who.session, who.at.date), who.terminal("lab_desk")
    who.scene.queues.add(queue)
    asked = CheckInRequested(queue=queue, card=who.card, visit=who.at, where=where, good_until=good_until())
    await who.say(matter, asked)
