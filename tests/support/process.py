"""Processes of a simulated city: the real owner and engine over ports that fail, die or fall asleep at a given call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

from shared.adapters.memory import MemoryStore
from shared.adapters.memory_log import MemoryLog, MemoryTopics
from shared.decider import Service
from shared.envelope import Envelope
from shared.reference import Reference
from shared.runtime.archive import Archive
from shared.runtime.archiving import Archiving
from shared.runtime.changes import Changes
from shared.runtime.engine import Engine
from shared.runtime.log import LogUnavailable, OwnershipLost, Place
from shared.runtime.owner import Owner
from shared.runtime.positions import Positions
from shared.runtime.store import Document, StoreUnavailable
from shared.runtime.telemetry import Telemetry

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone; not even its cleanup is sure."""


class Trouble(NamedTuple):
    """What happens at the n-th meeting with a port: each call is met before and after it takes effect, and every
    envelope of a publish is one too. `sleep` is a process stopped there until it is woken, when others own its work."""

    kind: Literal["crash", "refuse", "sleep"]
    at: int


class _Quiet:
    def warning(self, *_: object, **__: object) -> None: ...

    error = warning


def quiet(name: str) -> Telemetry:
    """Telemetry that prints nothing. One serves all processes of a service: making the counters is slow."""
    if name not in _TELEMETRY:
        _TELEMETRY[name] = Telemetry(name)
        _TELEMETRY[name].out = _Quiet()
    return _TELEMETRY[name]


_TELEMETRY: dict[str, Telemetry] = {}


class Process:
    """One process of a service or of the archive. It owns all partitions until it is `fenced`."""

    def __init__(
        self, service: Service[Any] | Archive, store: MemoryStore, topics: MemoryTopics, reference: Reference
    ) -> None:
        self.trouble: Trouble | None = None
        self.fenced = False
        self.asleep, self.woken = asyncio.Event(), asyncio.Event()
        self.name = service.name
        self.log = self.log_port(topics, service.reads)
        telemetry, port = self.telemetry(), self.store_port(store)
        handler: Engine | Archiving
        if isinstance(service, Archive):
            handler = Archiving(service, port, self.log, telemetry, clock=topics.clock)
        else:
            handler = Engine(
                service, port, self.log, reference, telemetry=telemetry, changes=Changes(), clock=topics.clock
            )
        kept = self.positions_port(store)
        self.positions = Positions(service, kept, self.log, lambda: topics.clock() / 1000)
        self.promptly = True
        self.owner = Owner(handler, self.log, telemetry, self.positions)
        self.read_ahead = handler.read if isinstance(handler, Archiving) else None

    def log_port(self, topics: MemoryTopics, source: tuple[str, ...]) -> LogPort:
        """Its own connection to the log."""
        return LogPort(topics, self.name, source, self)

    def store_port(self, store: MemoryStore) -> StorePort:
        """Its own connection to the store."""
        return StorePort(store, self)

    def positions_port(self, store: MemoryStore) -> MemoryStore:
        """What its positions are kept by."""
        return store

    def telemetry(self) -> Telemetry:
        """What watches it."""
        return quiet(self.name)

    async def take(self, most: int) -> None:
        """The next batch, if there is one. The archive reads ahead: its batch comes in two, one behind the other."""
        batch = self.log.poll(most)
        if self.read_ahead is None:
            if batch:
                await self.owner.take(batch)
            await self.written()
            return
        middle = (len(batch) + 1) // 2
        kept = [await self.owner.take_ahead(self.read_ahead, part) for part in (batch[:middle], batch[middle:]) if part]
        await asyncio.gather(*kept)
        await self.written()

    async def written(self) -> None:
        """As if a second passed after every batch: so a crash puts the next owner back by no more than one batch."""
        if self.promptly:
            await self.positions.save(now=True)

    async def tick(self) -> None:
        """What is due, as the owner's own loop does it: a failure waits for the next time."""
        await self.owner._tick()

    async def through(self, call: str, effect: Callable[[], Awaitable[T]], down: Callable[[str], Exception]) -> T:
        """One call to a port, by its name: what befalls this process befalls it here, before or after its effect."""
        await self.meet(down)
        answer = await effect()
        await self.meet(down)
        return answer

    async def meet(self, down: Callable[[str], Exception]) -> None:
        """Where something may befall it. `down` makes the port's own failure."""
        trouble = self.trouble
        if trouble is None:
            return
        if trouble.at > 0:
            self.trouble = trouble._replace(at=trouble.at - 1)
            return
        self.trouble = None
        match trouble.kind:
            case "crash":
                raise Crash
            case "refuse":
                raise down("away for a while")
            case "sleep":
                self.asleep.set()
                await self.woken.wait()


class StorePort(MemoryStore):
    """One process's connection to a store that outlives it."""

    def __init__(self, store: MemoryStore, process: Process) -> None:
        super().__init__()
        self.store, self.process = store, process

    async def load(self, collection: str, ids: Collection[str]) -> dict[str, Document]:
        return await self._met("load", lambda: self.store.load(collection, ids))

    async def insert(self, collection: str, documents: Sequence[Document]) -> set[str]:
        return await self._met("insert", lambda: self.store.insert(collection, documents))

    async def save(self, collection: str, documents: Sequence[Document]) -> set[str]:
        return await self._met("save", lambda: self.store.save(collection, documents))

    async def find(self, *args: Any, **kwargs: Any) -> list[Document]:
        return await self._met("find", lambda: self.store.find(*args, **kwargs))

    async def count(self, *args: Any, **kwargs: Any) -> int:
        return await self._met("count", lambda: self.store.count(*args, **kwargs))

    async def _met(self, call: str, effect: Callable[[], Awaitable[T]]) -> T:
        return await self.process.through(call, effect, StoreUnavailable)


class LogPort(MemoryLog):
    """One process's connection to the log."""

    def __init__(self, topics: MemoryTopics, group: str, source: tuple[str, ...], process: Process) -> None:
        super().__init__(topics, group, source)
        self.process = process

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            await self.process.meet(LogUnavailable)
            await super().publish([envelope])
        await self.process.meet(LogUnavailable)

    async def commit(self, positions: Mapping[Place, int]) -> None:
        await self.process.meet(LogUnavailable)
        if self.process.fenced:
            raise OwnershipLost
        await super().commit(positions)
        await self.process.meet(LogUnavailable)
