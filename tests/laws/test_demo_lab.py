"""A hasty analyser of the demo leaves no result out when somebody else was quicker with the specimen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

import pytest

from deploy.demo.actors.desk import Job
from deploy.demo.actors.lab import is_hasty, report, taken
from deploy.demo.catalogue import TESTS
from deploy.demo.city import City, made_city
from deploy.demo.guide import Guide
from deploy.demo.scene import Scene
from deploy.edges import Edges
from shared.envelope import Envelope
from shared.events import Request
from shared.events.base import Visit
from shared.events.edge import LabResultEntered
from shared.uuid7 import uuid7
from tests.laws.test_demo_city import KEYS


@dataclass(frozen=True)
class Watched(Scene):
    """Keeps what would be published; nobody reads it here."""

    async def say(self, request: Request, **_how: object) -> Envelope:
        self.heard(request, "")
        return Envelope("", request.TYPE, "", "", b"")


@pytest.fixture(scope="module")
def city() -> City:
    return made_city(1, 600, KEYS)


@pytest.mark.parametrize(("whose", "entered"), [("its own", 0), ("somebody else's", 1)])
async def test_a_hasty_analyser_enters_what_it_has_not(city: City, whose: str, entered: int) -> None:
    said: list[Request] = []
    scene = Watched(Edges.__new__(Edges), Guide("http://nobody"), city, think=0, heard=lambda one, _: said.append(one))
    job = hasty(scene)
    job.item["specimen"] = taken(job) if whose == "its own" else uuid7()
    await report(job)
    assert sum(isinstance(one, LabResultEntered) for one in said) == entered


def hasty(scene: Scene) -> Job:
    """A job of a visit whose analyser is hasty."""
    while True:
        visit, order, code = Visit(id=uuid7(), date=date(2026, 11, 27)), uuid7(), next(iter(TESTS))
        item = {"order": order, "code": code, "display": "", "specimen": ""}
        institution = next(place for place, has in scene.city.terminals.items() if "analyser" in has)
        job = Job(scene, institution, "c" * 64, visit, item, Random(1), "outpatient", dict)
        if is_hasty(job):
            return job
