"""One process of a simulated service: the real owner and engine over ports where the schedule may stop or strike it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from shared.adapters.memory_log import MemoryTopics
from shared.decider import Service
from shared.envelope import Envelope, Record
from shared.reference import Reference
from shared.runtime.archive import Archive
from shared.runtime.log import LogUnavailable, OwnershipLost, Place, Standing
from shared.runtime.store import Document, StoreUnavailable
from shared.runtime.telemetry import Telemetry
from tests.simulation.moves import Kind
from tests.support.process import Crash, LogPort, Process, StorePort, quiet

if TYPE_CHECKING:
    from tests.simulation.town import Town

T = TypeVar("T")


class Fault(NamedTuple):
    """What strikes at the n-th point from now, of one call if it names one."""

    kind: Kind
    call: str
    at: int


class Partly(Exception):
    """A port failed after part of what was sent together took effect; the port knows which part."""


class Member(Process):
    """One member of a service's group. A point is a moment before or after a numbered step or a call to a port."""

    def __init__(self, town: Town, what: Service[Any] | Archive, slot: int, reference: Reference) -> None:
        self.town, self.slot, self.phase = town, slot, "batch"
        self.steps, self.fault, self.dead = -1, None, False
        self.task: asyncio.Task[Any] | None = None
        self.still = asyncio.Event()
        self._held: asyncio.Future[None] | None = None
        watched = what if isinstance(what, Archive) else replace(what, decide=self._decided(what))
        super().__init__(watched, town.stores[what.name], town.topics, reference)
        self.promptly = town.promptly

    steps: int
    fault: Fault | None

    def log_port(self, topics: MemoryTopics, source: tuple[str, ...]) -> MemberLog:
        return MemberLog(topics, self.name, source, self)

    def store_port(self, store: Any) -> MemberStore:
        return MemberStore(store, self)

    def positions_port(self, store: Any) -> MemberPositions:
        return MemberPositions(store, self)

    def telemetry(self) -> Telemetry:
        return Watch(self)

    async def take(self, most: int) -> None:
        """The next batch; or two, the second polled while the archive keeps the first, or while the commit of the first
        is on its way, as in every other process of a service."""
        assert isinstance(self.log, MemberLog)
        ahead: list[Awaitable[Any]] = []
        leaves_behind = self.read_ahead is None and self.slot % 2 == 1
        in_two = self.read_ahead is not None or leaves_behind
        for size in (most - most // 2, most // 2) if in_two else (most,):
            batch = self.log.poll(size) if size else []
            if not batch:
                break
            self.pass_by("read", "before")
            if self.read_ahead is None:
                await self.owner.take(batch, behind=leaves_behind)
            else:
                ahead.append(await self.owner.take_ahead(self.read_ahead, batch))
        if leaves_behind:
            ahead.append(self._committed())
        for ended in await asyncio.gather(*ahead, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended
        await self.written()

    async def tick(self) -> None:
        await super().tick()
        await self._committed()

    async def _committed(self) -> None:
        """What of a commit that was left behind the next batch or tick would meet, is met now."""
        with suppress(LogUnavailable, OwnershipLost):
            await self.owner.commits.done()

    async def written(self) -> None:
        """Under the owner's lock, as its tick does it; a failure waits for the next time."""
        try:
            async with self.owner._lock:
                await self.positions.save(now=self.promptly)
        except StoreUnavailable as error:
            self.owner.telemetry.rewound(error, 0.0)

    async def go(self, steps: int, fault: Fault | None, most: int) -> None:
        """Until the end of the batch or tick in hand, or of the steps it may do, or to where a fault stops it."""
        self.steps, self.fault = steps, fault
        self.still.clear()
        if self.task is None:
            self.phase = "batch" if most else "tick"
            self.task = asyncio.get_running_loop().create_task(self.take(most) if most else self.tick())
            self.task.add_done_callback(lambda _: self.still.set())
        elif self._held is not None:
            self._held.set_result(None)
        await self.still.wait()
        self.fault = None

    async def crash(self) -> None:
        """The process is gone, wherever it stands."""
        self.dead = True
        if self._held is not None:
            self.still.clear()
            self._held.set_exception(Crash())
            await self.still.wait()

    async def through(self, call: str, effect: Callable[[], Awaitable[T]], down: Callable[[str], Exception]) -> T:
        if self.dead:  # Of two batches in hand the other goes no further either.
            raise Crash
        self._refuse_if_away(down)
        match await self.reach(call, "before"):
            case "adrift":
                if call != "commit":  # A broker takes no commit of a process whose place another has taken.
                    self.town.adrift.append(effect)
                self.dead = True
                raise Crash
            case "partly" if call in {"publish", "save", "insert", "position"}:
                raise Partly
            case "refuse" | "partly":
                raise down("away for a while")
        self._refuse_if_away(down)  # It may have been stopped here meanwhile.
        answer = await effect()
        if await self.reach(call, "after") is not None:
            raise down("nobody knows what came of it")
        return answer

    async def reach(self, call: str, when: str) -> Kind | None:
        """A point where the process can be stopped. What strikes here and is the port's to do."""
        while self._held is not None:  # A commit may be on its way too: a process stands still as a whole.
            await asyncio.shield(self._held)
        self.town.tally.met(self.phase, call, when)
        kind = self._struck(call, when)
        if kind == "freeze":
            self.fenced = True
        if kind == "freeze" or self.steps == 0:
            await self._stop()
        else:
            self.steps -= 1
        return None if kind == "freeze" else kind

    def pass_by(self, call: str, when: str) -> None:
        """A point inside the runtime's own work, where a process can only die; any other fault waits for a port."""
        if self.dead:
            raise Crash
        self.town.tally.met(self.phase, call, when)
        if self.fault is not None and (self.fault.kind == "crash" or self.fault.at > 0):
            self._struck(call, when)

    def _struck(self, call: str, when: str) -> Kind | None:
        if self.fault is None or self.fault.call not in ("", call):
            return None
        if self.fault.at > 0:
            self.fault = self.fault._replace(at=self.fault.at - 1)
            return None
        kind, self.fault = self.fault.kind, None
        self.town.tally.struck(kind, self.phase, call, when)
        if kind == "crash":
            self.dead = True
            raise Crash
        return kind

    async def _stop(self) -> None:
        self._held = asyncio.get_running_loop().create_future()
        self.still.set()
        try:
            await self._held
        finally:
            self._held = None

    def _refuse_if_away(self, down: Callable[[str], Exception]) -> None:
        what = "broker" if down is LogUnavailable else self.name
        if what in self.town.away:
            self.town.tally.struck("away", self.phase, what, "before")
            raise down("away for a while")

    def _decided(self, service: Service[Any]) -> Callable[[Any, Any, Reference], Any]:
        def decide(state: Any, event: Any, reference: Reference) -> Any:
            self.pass_by("step", "before")
            self.town.raise_if_broken(service.name, event)
            decision = service.decide(state, event, reference)
            self.pass_by("step", "after")
            return decision

        return decide


class MemberStore(StorePort):
    """Its connection to the store."""

    async def save(self, collection: str, documents: Sequence[Document]) -> set[str]:
        try:
            return await super().save(collection, documents)
        except Partly:
            await self.store.save(collection, documents[::2])
            raise StoreUnavailable("of a bulk write, nobody knows which part is saved") from None

    async def insert(self, collection: str, documents: Sequence[Document]) -> set[str]:
        try:
            return await super().insert(collection, documents)
        except Partly:
            await self.store.insert(collection, documents[::2])
            raise StoreUnavailable("of a bulk insert, nobody knows which part is there") from None


class MemberPositions(MemberStore):
    """The same, where it compares the log with what its store is complete to, and keeps how far that is."""

    async def _met(self, call: str, effect: Callable[[], Awaitable[T]]) -> T:
        return await super()._met("position" if call in {"save", "insert"} else "compare", effect)


class MemberLog(LogPort):
    """Its connection to the log, as a member of a group: it reads and commits only what it owns."""

    process: Member

    def owned(self) -> set[Place]:
        return self.process.town.owned(self.process)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        for n, envelope in enumerate(envelopes):
            try:
                await self.process.through("publish", self._saying(envelope), LogUnavailable)
            except Partly:
                partition = self.topics.partition_of(envelope.key.encode())
                for other in envelopes[n:]:
                    if self.topics.partition_of(other.key.encode()) != partition:
                        self.topics.say(other)
                raise LogUnavailable("some were acknowledged, some were not") from None

    def _saying(self, envelope: Envelope) -> Callable[[], Awaitable[None]]:
        async def say() -> None:
            self.topics.say(envelope)

        return say

    async def commit(self, positions: Mapping[Place, int]) -> None:
        async def take() -> None:
            if not set(positions) <= self.owned():
                raise OwnershipLost
            for place, offset in positions.items():
                self.topics.committed[self.group, place] = offset

        await self.process.through("commit", take, LogUnavailable)

    async def rewind(self, positions: Mapping[Place, int]) -> None:
        owned = self.owned()
        self.positions.update({place: offset for place, offset in positions.items() if place in owned})

    async def read(self, place: Place, offset: int) -> Record | None:
        return await self.process.through("read", lambda: LogPort.read(self, place, offset), LogUnavailable)

    async def committed(self, topic: str) -> dict[int, int]:
        return await self.process.through("compare", lambda: LogPort.committed(self, topic), LogUnavailable)

    async def look(self, topic: str, at: Mapping[int, int]) -> dict[int, Standing]:
        return await self.process.through("compare", lambda: LogPort.look(self, topic, at), LogUnavailable)

    def poll(self, limit: int = 500) -> list[Record]:
        batch: list[Record] = []
        if "broker" in self.process.town.away:
            return batch
        places = sorted(self.owned())
        turn = limit % len(places) if places else 0
        for place in places[turn:] + places[:turn]:
            start = self.positions.setdefault(place, self.topics.committed.get((self.group, place), 0))
            found = self.topics.records[place][start : start + limit - len(batch)]
            self.positions[place] = start + len(found)
            batch += found
        return batch


class Watch(Telemetry):
    """The telemetry that all processes of a service share; the end of a step is a point where a process may die."""

    def __init__(self, member: Member) -> None:
        # Making the counters is slower than the whole life of a process here.
        vars(self).update(vars(quiet(member.name)))
        self.member = member

    def step(self, name: str, begun: float) -> None:
        super().step(name, begun)
        if name == "read":
            self.member.pass_by("read", "after")

    def conflicts(self, count: int) -> None:
        super().conflicts(count)
        self.member.town.tally.conflicts += count
