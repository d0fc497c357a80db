"""A city in one event loop: every service as a real process, and the question whether all of them did what folds do."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any
from unittest import mock

from shared.adapters.memory import MemoryStore
from shared.adapters.memory_log import MemoryTopics
from shared.decider import Service
from shared.envelope import to_ms
from shared.reference import Reference
from shared.runtime import documents
from shared.runtime.archive import Archive
from shared.runtime.dead_letters import DEAD_LETTERS, DeadLetter
from shared.runtime.documents import STREAMS, Kept
from shared.runtime.parking import ask_replay
from shared.runtime.positions import POSITIONS
from tests.support.oracle import EVERYTHING, Left, wrong
from tests.support.plain import MINUTE
from tests.support.process import Crash, Process, Trouble
from tests.support.spec import START

ROUNDS = 3000


class City:
    """Two topics, a store and a process per service; processes come and go, topics and stores stay."""

    def __init__(self, services: Sequence[Service[Any]], archive: Archive, reference: Reference) -> None:
        self.now = to_ms(START) + MINUTE
        self.topics = MemoryTopics(lambda: self.now, partitions=2)
        self.reference, self.archive = reference, archive
        self.struck = 0
        self.promptly = True
        """Whether positions are written after every batch; if not, only by ticks, a second apart."""
        self.broken: dict[str, set[str]] = defaultdict(set)
        self.ever_broken: set[str] = set()
        self.services: Mapping[str, Service[Any]] = {one.name: self._breakable(one) for one in services}
        self.names = [*self.services, archive.name]
        self.stores = {name: self.opened(name) for name in self.names}
        self.zombies: list[tuple[Process, asyncio.Task[None]]] = []
        self.loop = asyncio.new_event_loop()
        self.no_waiting = mock.patch("shared.runtime.owner.backoff", return_value=0)
        self.no_waiting.start()
        for name, store in self.stores.items():
            own = archive.collections if name == archive.name else (documents.collection(self.services[name]),)
            self.run(store.open((*own, DEAD_LETTERS, POSITIONS)))
        self.processes = {name: self.begin(name) for name in self.names}

    def opened(self, name: str) -> MemoryStore:
        """The store of one service."""
        return MemoryStore()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        for _, task in self.zombies:
            task.cancel()
        self.run(asyncio.sleep(0))
        self.loop.close()
        self.no_waiting.stop()

    def begin(self, name: str) -> Process:
        """A new process, which goes on from what was committed."""
        what = self.archive if name == self.archive.name else self.services[name]
        process = Process(what, self.stores[name], self.topics, self.reference)
        process.promptly = self.promptly
        return process

    def deliver(self, name: str, most: int = EVERYTHING, trouble: Trouble | None = None) -> None:
        """One process takes its next batch."""
        process = self.processes[name]
        self._do(name, process.take(most), trouble)

    def tick(self, name: str, trouble: Trouble | None = None) -> None:
        """One process says what is due and drains what is to be replayed."""
        process = self.processes[name]
        self._do(name, process.tick(), trouble)

    def wake(self) -> None:
        """Every process that was stopped goes on, long after others took over."""
        for process, task in self.zombies:
            process.woken.set()
            self.run(asyncio.wait({task}))
            task.result()
        self.zombies.clear()

    def mend(self) -> None:
        """No decider is broken any more; every parked stream is to be drained."""
        for name, service in self.services.items():
            self.broken[name].clear()
            for document in self.run(self.stores[name].find(STREAMS, "parked", (), limit=EVERYTHING)):
                self.run(ask_replay(service, self.stores[name], document.id))

    def settle(self) -> None:
        """All is well again, begun anew from what is durable, until everything and every deadline is heard."""
        self.wake()
        self.processes = {name: self.begin(name) for name in self.names}
        self.mend()
        for _ in range(ROUNDS):
            before = sum(map(len, self.topics.records.values()))
            for name in self.names:
                self.deliver(name)
                self.tick(name)
            if before == sum(map(len, self.topics.records.values())) and self.nothing_to_read():
                due = self._next_due()
                if due is None:
                    return
                self.now = max(self.now + 1, due)
        raise AssertionError("the city never comes to rest")

    def nothing_to_read(self) -> bool:
        for process in self.processes.values():
            for place in process.log.owned():
                if self.topics.committed.get((process.log.group, place), 0) < len(self.topics.records[place]):
                    return False
        return True

    def check(self) -> None:
        """After `settle`: what was said, kept and archived is what plain folds of the two topics say and keep."""
        assert not list(wrong(self.left()))

    def left(self) -> Left:
        """What is durable."""
        return Left(self.topics, self.stores, self.services, self.archive, self.reference, self.ever_broken)

    def letters(self, name: str) -> list[DeadLetter]:
        """What a service has set aside."""
        return self.left().letters(name)

    def streams(self, name: str) -> dict[str, Kept[Any]]:
        return self.left().streams(name)

    def _do(self, name: str, work: Coroutine[Any, Any, None], trouble: Trouble | None) -> None:
        process = self.processes[name]
        process.trouble = trouble
        task = self.loop.create_task(work)
        sleeping = self.loop.create_task(process.asleep.wait())
        self.run(asyncio.wait({task, sleeping}, return_when=asyncio.FIRST_COMPLETED))
        sleeping.cancel()
        self.struck += trouble is not None and process.trouble is None
        process.trouble = None
        if not task.done():
            process.fenced = True
            self.zombies.append((process, task))
        elif isinstance(task.exception(), Crash):
            process.fenced = True
        else:
            task.result()
        if process.fenced:
            self.processes[name] = self.begin(name)

    def _next_due(self) -> int | None:
        due = [one.stream.due_ms() for name in self.services for one in self.streams(name).values()]
        return min((at for at in due if at is not None), default=None)

    def _breakable(self, service: Service[Any]) -> Service[Any]:
        def decide(state: Any, event: Any, reference: Reference) -> Any:
            if type(getattr(event, "request", event)).__name__ in self.broken[service.name]:
                raise RuntimeError("this decider is broken")
            return service.decide(state, event, reference)

        return replace(service, decide=decide)
