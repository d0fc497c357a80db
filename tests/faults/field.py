"""Where a fault strikes, what it needs to know of the run, and how it waits for things to come about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from random import Random
from time import monotonic
from typing import Any

from deploy.check.sources import committed
from deploy.demo.mischief.stage import Stage
from deploy.demo.residents import residents
from deploy.demo.scene import Scene
from deploy.local.child import Child
from shared.events import SERVICES
from tests.faults.history import History
from tests.faults.place import StruckTown
from tests.support.crowd import Crowd
from tests.support.town import READS, eventually

PROGRESS = 30
"""So many events more on the log, and people inside, before the next fault strikes: it always hits live work."""
STRIKES = 25.0
CATCHES_UP = 90.0
"""Seconds an order may wait for its step, and services for what they missed."""
NUMBERS = count()
STRANGERS = 987_654_321
"""The seed of residents who are nobody in the crowd."""


@dataclass(frozen=True)
class Struck:
    """A fault that was drawn. `at` is how many events there were; `hit` whether it came about; `recovered` the seconds
    from its end until every service had handled all there was then (None: not in time)."""

    kind: str
    what: str
    at: int
    inside: int
    hit: bool
    recovered: float | None


@dataclass
class Field:
    """One run. `aside` is who must set aside which record for good; `home` what must have come home; `by_call` whether
    the insurer's gateway settles bills."""

    town: StruckTown
    people: Crowd
    scene: Scene
    history: History
    rng: Random
    aside: set[tuple[str, str]] = field(default_factory=set)
    home: set[tuple[str, str]] = field(default_factory=set)
    healed: float = 0.0
    by_call: bool = False

    def heals(self) -> None:
        """The fault is over from now on."""
        self.healed = monotonic()

    async def progressed(self, more: int = PROGRESS) -> int:
        """How many events there are, once there are so many more and people inside."""
        before = await self.town.events()

        async def enough() -> int:
            now = await self.town.events()
            return now if now >= before + more and self.people.inside else 0

        found: int = await eventually(enough, CATCHES_UP)
        return found

    async def caught_up(self) -> float | None:
        """Seconds since the fault was over, once all services have handled what there is now; None if not in time."""
        ends = {topic: await self.town.ends(topic) for topic in {one for service in SERVICES for one in READS[service]}}

        async def all_have() -> bool:
            for service, topic in ((one, topic) for one in SERVICES for topic in READS[one]):
                done = await committed(self.town.here.kafka, f"onecard-{service}", topic)
                if any(end > done.get(partition, 0) for partition, end in ends[topic].items()):
                    return False
            return True

        try:
            await eventually(all_have, CATCHES_UP)
        except TimeoutError:
            return None
        return round(monotonic() - self.healed, 1)

    async def missed(self, service: str, records: int, seconds: float = 20) -> None:
        """Return when a service has missed so many records, or had the time to."""
        try:
            await eventually(lambda: self._behind(service, records), seconds)
        except TimeoutError:
            return

    async def _behind(self, service: str, records: int) -> bool:
        return await self.town.behind(service) >= records

    def order(self, instance: str, point: str, signal: str = "SIGKILL", passes: int = 1) -> None:
        """Let a process send itself a signal at a step of its runtime."""
        folder = self.town.struck.orders
        (folder / f"{instance}.struck").unlink(missing_ok=True)
        whole = folder / f"{instance}.new"
        whole.write_text(json.dumps({"point": point, "signal": signal, "passes": passes}))
        whole.rename(folder / f"{instance}.order")

    async def carried_out(self, instance: str, seconds: float = STRIKES) -> bool:
        """Whether the process did so in time; if not, the order is withdrawn."""
        folder = self.town.struck.orders

        async def struck() -> bool:
            return (folder / f"{instance}.struck").exists()

        try:
            return bool(await eventually(struck, seconds))
        except TimeoutError:
            (folder / f"{instance}.order").unlink(missing_ok=True)
            return await struck()

    def process(self, instance: str) -> Child:
        return self.town.local.processes.children[instance]

    async def second(self, service: str) -> Child:
        """A second process of a service, that owns partitions."""
        instance, processes = f"{service}-2", self.town.local.processes
        if instance not in processes.children:
            module = f"{self.town.local.package}.{service}"
            processes.add(instance, module, self.town.local.settings(service, instance))
        await processes.start(instance)
        return processes.children[instance]

    def somebody(self) -> Stage:
        """A resident nobody else is."""
        number = next(NUMBERS)
        *_, resident = residents(number + 1, STRANGERS, self.town.city.secrets)
        one, other = [place.code for place in self.town.city.institutions[:2]]
        return Stage(self.scene, resident, one, other, Random(number))

    async def parked(self, service: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.town.operations(service, "parked")
        return found
