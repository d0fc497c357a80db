"""Every service as what it says it is: a fold of one log, with no batches, no stores and no crashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.adapters.memory_log import MemoryTopics
from shared.decider import Service, SetAside
from shared.envelope import Envelope, Record, to_ms
from shared.reference import Reference
from shared.runtime.log import Place
from shared.runtime.reading import Item, Reader
from shared.step import SameIdOtherBytes, Stream, deadlines, step
from tests.support.spec import START

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


class Fold:
    """One service's streams after the records it heard, and what it set aside."""

    def __init__(self, service: Service[Any], reference: Reference) -> None:
        self.service, self.reference = service, reference
        self.reader = Reader(service, reference)
        self.streams: dict[str, Stream[Any]] = {}
        self.aside: set[tuple[str, str]] = set()

    def hear(self, record: Record) -> tuple[str, list[Envelope]]:
        """The stream a record belongs to ("" for none) and what is said to it."""
        found = self.reader.one(record)
        if isinstance(found, SetAside):
            self._aside(record, found.cause)
        if not isinstance(found, Item) or found.event is None:
            return "", []
        before = self.streams.get(found.stream, Stream(self.service.initial))
        try:
            after, said = step(self.service, before, found.envelope, found.event, self.reference)
        except SameIdOtherBytes:
            self._aside(record, "other_bytes")
            return "", []
        self.streams[found.stream] = after
        return found.stream, said

    def due(self, now_ms: int) -> Iterator[Envelope]:
        """The deadlines that are over by now."""
        if not self.service.says or self.service.admits:
            return
        for id, stream in self.streams.items():
            key, _, name = id.partition("/")
            yield from deadlines(self.service, stream, key, name, now_ms)

    def _aside(self, record: Record, cause: str) -> None:
        self.aside.add((f"{record.topic}/{record.partition}/{record.offset}", cause))


class Plain:
    """All services over one request topic and one log, each as far behind as the story says."""

    def __init__(self, services: Sequence[Service[Any]], reference: Reference) -> None:
        self.now = to_ms(START) + MINUTE
        self.topics = MemoryTopics(lambda: self.now, partitions=1)
        self.folds: Mapping[str, Fold] = {service.name: Fold(service, reference) for service in services}
        self.at: dict[tuple[str, str], int] = defaultdict(int)

    def say(self, envelope: Envelope) -> None:
        self.topics.say(envelope)

    def hear(self, name: str, most: int = 1 << 30) -> bool:
        """One service goes on by so many records; whether there was anything to hear."""
        fold, heard = self.folds[name], 0
        for topic in fold.service.reads:
            at = self.at[name, topic]
            records = self.topics.records[Place(topic, 0)][at : at + most]
            for record in records:
                for fact in fold.hear(record)[1]:
                    self.say(fact)
            self.at[name, topic] += len(records)
            heard += len(records)
        return bool(heard)

    def settle(self) -> None:
        """Until everybody has heard everything."""
        while sum(self.hear(name) for name in self.folds):
            pass

    def wait(self, ms: int) -> None:
        """Time passes; whatever is due is said."""
        self.now += ms
        for fold in self.folds.values():
            for passed in list(fold.due(self.now)):
                self.say(passed)

    def heard(self, name: str) -> list[Record]:
        """The records of what a service reads, topic by topic in log order."""
        return [record for topic in self.folds[name].service.reads for record in self.topics.records[Place(topic, 0)]]
