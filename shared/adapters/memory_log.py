"""A log in memory, honest about partitions, offsets, append times and acknowledgements. For laws and simulation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

from shared.envelope import Envelope, Record, headers
from shared.runtime.log import Log, Place, Standing

PARTITIONS = 4
PAGE = 500


class MemoryTopics:
    """The records of all topics, shared by every process of a simulation. `clock` gives append times in ms."""

    def __init__(self, clock: Callable[[], int], partitions: int = PARTITIONS) -> None:
        self.clock, self.partitions = clock, partitions
        self.records: dict[Place, list[Record]] = defaultdict(list)
        self.committed: dict[tuple[str, Place], int] = {}
        self.starts: dict[Place, int] = {}
        """Where retention has moved a partition's beginning to: what stands before can't be read any more."""

    def append(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        heads: Sequence[tuple[str, bytes | None]],
        partition: int | None = None,
    ) -> Record:
        """One record at the end of its key's partition."""
        chosen = self.partition_of(key) if partition is None else partition
        place = Place(topic, chosen)
        record = Record(topic, chosen, len(self.records[place]), self.clock(), key, value, tuple(heads))
        self.records[place].append(record)
        return record

    def partition_of(self, key: bytes | None) -> int:
        """Where the records of a key go."""
        return sum(key or b"") % self.partitions

    def say(self, envelope: Envelope) -> Record:
        """An envelope as a record on its topic."""
        return self.append(envelope.topic, envelope.key.encode(), envelope.body, headers(envelope))

    def places(self, topic: str) -> list[Place]:
        return [Place(topic, partition) for partition in range(self.partitions)]

    def all(self, topic: str) -> Iterable[Record]:
        """Every record of a topic, partition by partition."""
        for place in self.places(topic):
            yield from self.records[place]


class MemoryLog(Log):
    """One process's view of the topics. `fail` may raise before anything is said or committed."""

    def __init__(self, topics: MemoryTopics, group: str, source: str | tuple[str, ...]) -> None:
        self.topics, self.group = topics, group
        self.sources = (source,) if isinstance(source, str) else source
        self.positions: dict[Place, int] = {}
        self.fail: Callable[[str], None] = lambda _act: None

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            self.fail("publish")
            self.topics.say(envelope)

    async def commit(self, positions: Mapping[Place, int]) -> None:
        self.fail("commit")
        for place, offset in positions.items():
            self.topics.committed[self.group, place] = offset

    async def rewind(self, positions: Mapping[Place, int]) -> None:
        self.positions.update(positions)

    async def read(self, place: Place, offset: int) -> Record | None:
        records = self.topics.records[place]
        return records[offset] if self.topics.starts.get(place, 0) <= offset < len(records) else None

    def owned(self) -> set[Place]:
        return set(self._places())

    async def ends(self, topic: str) -> dict[int, int]:
        return {place.partition: len(self.topics.records[place]) for place in self.topics.places(topic)}

    async def committed(self, topic: str) -> dict[int, int]:
        groups = self.topics.committed.items()
        return {at.partition: offset for (group, at), offset in groups if (group, at.topic) == (self.group, topic)}

    async def look(self, topic: str, at: Mapping[int, int]) -> dict[int, Standing]:
        return {place.partition: self._standing(place, at.get(place.partition)) for place in self.topics.places(topic)}

    async def scan(self, place: Place, start: int, end: int) -> AsyncIterator[list[Record]]:
        for at in range(max(start, self.topics.starts.get(place, 0)), end, PAGE):
            yield self.topics.records[place][at : min(end, at + PAGE)]

    def poll(self, limit: int = PAGE) -> list[Record]:
        """The next records of the owned partitions, from the last commit or rewind on; the position moves."""
        batch: list[Record] = []
        for place in self._places():
            start = self.positions.setdefault(place, self.topics.committed.get((self.group, place), 0))
            start = max(start, self.topics.starts.get(place, 0))
            found = self.topics.records[place][start : start + limit - len(batch)]
            self.positions[place] = start + len(found)
            batch += found
        return batch

    def _places(self) -> list[Place]:
        return [place for topic in self.sources for place in self.topics.places(topic)]

    def _standing(self, place: Place, offset: int | None) -> Standing:
        start, records = self.topics.starts.get(place, 0), self.topics.records[place]
        there = offset is not None and start <= offset < len(records)
        return Standing(start, len(records), records[offset] if there and offset is not None else None)
