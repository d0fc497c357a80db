"""Rebuild and recompute are one function: the live engine over the log into a fresh store, publishing off.

What the engine would say is compared with what is on the log: key, type, body and `ce_` headers byte for byte, all but
`ce_decidedby`, which names the version. A service is folded exactly as far as it has committed: what lies beyond, it
hears by itself when it runs again, and says as at any redelivery, under the same ids. Its facts up to there were
acknowledged before that commit, so all of them must be on the log.

A record an operator gave up is passed over where it stands, so a fold must know of it before: the first fold of a log
with such records ends with PassedOver, and the next one is told of them.

Memory holds what was said and not met on the log yet: as much as the service lagged behind when it said it. What is
said for another key than its cause's may stand anywhere: shared.runtime.elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from shared.decider import Service
from shared.envelope import Envelope, Record, Unreadable, read
from shared.events import wire_type
from shared.events.runtime import AnyRecordGivenUp, kinds
from shared.given_up import GivenUp, Passed, given_up_by
from shared.reference import Reference
from shared.runtime.changes import Changes
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import collection
from shared.runtime.elsewhere import Elsewhere, Met, foreign
from shared.runtime.engine import Engine
from shared.runtime.log import Log, Place
from shared.runtime.positions import POSITIONS
from shared.runtime.store import Store
from shared.runtime.unsent import Difference, Folded, Silent, Unsent, fingerprint

Step = Callable[[int], None]
"""Told how many records are done."""


class PassedOver(Exception):
    """The log gives a record up that this fold has not passed over: fold again, knowing of it."""


class Fold:
    """One service over the log, in the way its live process goes over it. Takes whole partitions one after another: of
    what it reads, and of what it says on, to meet there what it said."""

    def __init__(
        self,
        service: Service[Any],
        store: Store,
        reference: Reference,
        elsewhere: Elsewhere,
        *,
        passed: Passed | None = None,
    ) -> None:
        self.service, self.store, self.elsewhere = service, store, elsewhere
        # What intake says is proved by its signatures.
        self.compare = not service.admits and bool(service.says)
        self.result = Folded(service.name)
        self.said = Unsent(self.result, elsewhere, keep=self.compare)
        self.engine = Engine(
            service, store, self.said, reference, telemetry=Silent(self.result), changes=Changes(), passed=passed
        )
        self._own = f"onecard.{service.name}.".encode()

    async def open(self) -> None:
        """Open the store, which must be a fresh one."""
        await self.store.open((collection(self.service), DEAD_LETTERS, POSITIONS))

    async def take(self, place: Place, records: Sequence[Record], until: int) -> None:
        """Handle what is before `until`, if it is the service's to read; then meet its own facts among all of them."""
        handled = [record for record in records if record.offset < until] if place.topic in self.service.reads else []
        if handled:
            self.said.here = place.topic, {record.key for record in handled}
            await self.engine.handle(handled)
            self.result.records += len(handled)
        if self.compare:
            for record in records:
                self._meet(record)

    def close(self) -> None:
        """The partition is over: what was said for it and not met is lacking."""
        self._lacks(said.envelope for said in self.said.awaited.values())
        self.said.awaited.clear()

    async def settle(self, log: Log, until: Mapping[Place, int]) -> None:
        """All places are over, so what was said for elsewhere was met, or never will be. `until` is how far the service
        has committed."""
        if not self.compare:
            return
        name = self.service.name
        self._lacks(self.elsewhere.lacking(name))
        self.result.differ(*(_differs("other", name, met) for met in self.elsewhere.other(name)))
        async for met in foreign(self.elsewhere.left(name), log, self.service.reads, until):
            self.result.differ(_differs("foreign", name, met))

    def _lacks(self, envelopes: Iterable[Envelope]) -> None:
        for one in envelopes:
            self.result.differ(Difference("lacking", self.service.name, one.topic, -1, -1, one.id, one.type))
            self.result.lacking.append(one)

    def _meet(self, record: Record) -> None:
        if not self._is_own(record):
            return
        found = read(record)
        if isinstance(found, Unreadable) or found.type in self.service.deadline_types:
            return
        said = self.said.awaited.pop(found.id, None)
        met = _met(found)
        if said is None and self._gives_up(found):
            raise PassedOver
        if said is None:
            self.elsewhere.meet(self.service.name, met)
        elif said.digest != met.digest:
            self.result.differ(_differs("other", self.service.name, met))

    def _gives_up(self, found: Envelope) -> bool:
        given_up = given_up_by(self.service, found)
        return given_up is not None and given_up[0] not in self.engine.passed

    def _is_own(self, record: Record) -> bool:
        return any(
            name == "ce_type" and value is not None and value.startswith(self._own) for name, value in record.headers
        )


def _met(found: Envelope) -> Met:
    place = Place(found.topic, found.partition)
    return Met(place, found.offset, found.id, found.type, found.causation, fingerprint(found))


def _differs(what: Literal["foreign", "other"], service: str, met: Met) -> Difference:
    return Difference(what, service, *met.place, met.offset, met.id, met.type)


async def fold(
    folds: Sequence[Fold], log: Log, place: Place, *, end: int, until: Mapping[str, int], step: Step = lambda _: None
) -> None:
    """One partition through several services at once, over one scan. `until` is how far each of them has committed."""
    async for records in log.scan(place, 0, end):
        for one in folds:
            await one.take(place, records, until.get(one.service.name, 0))
        step(len(records))
    for one in folds:
        one.close()


async def passed_over(service: Service[Any], log: Log, ends: Mapping[Place, int]) -> Passed:
    """The records that the log gives up for a service in these places. People give up few, so all are held."""
    wanted = {("ce_type", wire_type(kind, service.name).encode()) for kind in kinds(AnyRecordGivenUp)}
    found: dict[tuple[str, str], GivenUp] = {}
    for place, end in ends.items():
        async for records in log.scan(place, 0, end):
            for record in records:
                if not wanted.isdisjoint(record.headers) and isinstance(envelope := read(record), Envelope):
                    found |= dict([one] if (one := given_up_by(service, envelope)) else [])
    return found
