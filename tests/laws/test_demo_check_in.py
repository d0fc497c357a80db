"""Whoever is told to go to the laboratory takes a number there, once; and its own desk calls it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, cast

import pytest

from deploy.demo.actors.caller import Caller
from deploy.demo.actors.stories import usual
from deploy.demo.actors.visitor import Visitor
from deploy.demo.city import LABORATORY, City, made_city
from deploy.demo.guide import Guide
from deploy.demo.pictures import PICTURES
from deploy.demo.places import places
from deploy.demo.residents import residents
from deploy.demo.scene import Scene
from deploy.edges import Edges
from services.guide.told import VisitStanding
from shared.envelope import Envelope
from shared.events import Request
from shared.events.base import Visit, queue_key
from shared.events.edge import Kind
from shared.events.edge_queues import CheckInRequested, TicketCallRequested
from shared.events.queue_key import queue_of
from shared.uuid7 import uuid7
from tests.laws.test_demo_city import KEYS

TO_THE_LABORATORY = {
    "visit": {"treat_first": False},
    "next": [{"step": "collect", "about": ["an order"]}],
    "owed": {"bills": []},
    "deposits": {},
    "refused": [],
}


@dataclass(frozen=True)
class Watched(Scene):
    """Keeps what would be published; nobody reads it here."""

    async def say(self, request: Request, **_how: object) -> Envelope:
        self.heard(request, "")
        return Envelope("an id", request.TYPE, "", "", b"")


@pytest.fixture(scope="module")
def city() -> City:
    return made_city(1, 600, KEYS)


def watched(city: City, said: list[Request]) -> Scene:
    return Watched(Edges.__new__(Edges), Guide("http://nobody"), city, think=0, heard=lambda one, _: said.append(one))


def somebody(scene: Scene, kind: Kind) -> Visitor:
    """In the middle of a visit."""
    place, [resident] = places(scene.city)[0].code, residents(1, 1, KEYS)
    visit = Visit(id=uuid7(), date=date(2026, 11, 27))
    return Visitor(scene, resident, PICTURES["cold"], place, "02", "outpatient", Random(1), kind, visit)


@pytest.mark.parametrize(("kind", "numbers"), [("outpatient", 1), ("emergency", 1), ("inpatient", 0)])
async def test_a_number_is_asked_for_once_and_by_nobody_who_lies_in_a_bed(city: City, kind: Kind, numbers: int) -> None:
    said: list[Request] = []
    who = somebody(watched(city, said), kind)
    for _ in range(2):
        await usual(who, cast("VisitStanding", TO_THE_LABORATORY))
    asked = [one for one in said if isinstance(one, CheckInRequested)]
    assert [queue_of(one.queue).place for one in asked] == [LABORATORY] * numbers
    assert {one.queue for one in asked} == who.scene.queues


async def test_the_laboratory_calls_its_own_numbers(city: City) -> None:
    said: list[Request] = []
    scene = watched(city, said)
    who = somebody(scene, "outpatient")
    board: Any = {
        "queue": queue_key(who.institution, LABORATORY, who.session, who.at.date),
        "institution": who.institution,
        "department": LABORATORY,
        "move": 1,
        "called": [],
        "waiting": [1],
    }
    await Caller(scene)._see(board)
    [call] = said
    assert isinstance(call, TicketCallRequested)
    assert call.where.terminal.startswith(f"{who.institution}-lab_desk")
