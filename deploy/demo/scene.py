"""What all actors of a run share: the way to ask, the way to be told, and the bodies that walk in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from deploy.demo.actors.outage import Outage
from deploy.demo.actors.reader import Reader
from deploy.demo.city import City
from deploy.demo.guide import Guide
from deploy.demo.pictures import Picture
from deploy.demo.residents import Resident
from deploy.edges import Edges
from shared.envelope import Envelope
from shared.events import Request
from shared.events.base import SHANGHAI, Visit, Where

CHANNELS = {"kiosk": "kiosk", "phone_gateway": "phone", "analyser": "analyser"}
PATIENCE = timedelta(seconds=30)
"""How long a person stands before a machine: the `good_until` of an ask."""


Heard = Callable[[Request, str], None]


def quietly(_request: Request, _id: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Body:
    """Who sits before the doctor: what a doctor sees and an analyser measures, and no service ever knows. `ward` is
    the one they are ill enough for, `transfer` the one they will need after it."""

    resident: Resident = field(repr=False)
    picture: Picture
    ward: str = ""
    transfer: str = ""


@dataclass(frozen=True)
class Scene:
    """One run. `think` is the longest pause of a person, in seconds; `heard` is told of every request that is made;
    `queues` are those somebody has registered in."""

    edges: Edges
    guide: Guide
    city: City
    seed: int = 1
    think: float = 0.3
    bodies: dict[str, Body] = field(default_factory=dict)
    readers: dict[str, Reader] = field(default_factory=dict)
    queues: set[str] = field(default_factory=set)
    outage: Outage = field(default_factory=Outage)
    heard: Heard = quietly

    def chance(self, *about: str) -> Random:
        """The chance of one actor in one matter: the same for the same seed and matter."""
        return Random("/".join((str(self.seed), *about)))

    async def pause(self, rng: Random) -> None:
        """A person takes a moment."""
        await asyncio.sleep(rng.uniform(0, self.think))

    def where(self, institution: str, kind: str, rng: Random, department: str | None = None) -> Where:
        """A terminal of that kind; the clinic's own desk for a doctor."""
        terminals = self.city.terminals[institution][kind]
        if kind == "doctor_desk" and department in self.city.departments[institution]:
            terminal = terminals[self.city.departments[institution].index(department)]
        else:
            terminal = rng.choice(terminals)
        channel = CHANNELS.get(kind, "desk")
        operator = f"staff-{terminal.code}" if channel == "desk" else None
        return Where(
            institution=institution, department=department, terminal=terminal.code, channel=channel, operator=operator
        )

    def reader(self, institution: str) -> Reader:
        """The card reader of an institution: its terminals learn of each other's codes."""
        if institution not in self.readers:
            secrets = self.city.secrets
            self.readers[institution] = Reader(secrets["pseudonym.key"], secrets["protection.key"])
        return self.readers[institution]

    async def say(
        self, request: Request, *, id: str | None = None, at: datetime | None = None, copies: int = 1
    ) -> Envelope:
        """Sign under the terminal's own key and publish, as often as asked; what was published."""
        envelope = self.edges.sign(request, id=id, at=at)
        self.heard(request, envelope.id)
        await self.edges.publish([envelope] * copies)
        return envelope


def frame(card: str, visit: Visit, where: Where) -> dict[str, Any]:
    """The three fields of every body."""
    return {"card": card, "visit": visit, "where": where}


def now() -> datetime:
    return datetime.now(SHANGHAI)


def good_until() -> datetime:
    return now() + PATIENCE


def new_id(rng: Random) -> str:
    """A label's number, as a UUID."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def image_reference(rng: Random) -> str:
    """A study's UID as an image archive gives one: derived from a UUID (DICOM PS3.5, B.2)."""
    return f"2.25.{rng.getrandbits(128)}"


def reference(rng: Random) -> str:
    """A provider's number of a payment. Letters and sixteen hexadecimal digits look like nobody's number."""
    return f"pay-{rng.getrandbits(64):016x}"
