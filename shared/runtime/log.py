"""The log port: what the runtime needs of Kafka, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

from shared.envelope import Envelope, Record


class LogUnavailable(Exception):
    """The broker did not answer, or an acknowledgement is unknown. Nothing is committed: rewind and try again."""


class LogRefused(LogUnavailable):
    """The broker does not take this process for whom it says it is, or it may not do this; its words say what to do.
    Trying again helps once somebody has done that."""


class OwnershipLost(Exception):
    """The commit was refused because another process owns the partition now. It goes on from the last commit."""


class Place(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Standing(NamedTuple):
    """What there is of one partition: its first offset, its end, and the record that was asked for, if it is there."""

    start: int
    end: int
    record: Record | None = None


class Log(Protocol):
    """One process's view of the log: it owns some partitions, reads them through its owner, and says facts."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Send in order and return when every one is acknowledged by all replicas. LogUnavailable otherwise."""

    async def commit(self, positions: Mapping[Place, int]) -> None:
        """Commit explicit next offsets. OwnershipLost or LogUnavailable when they were not taken."""

    async def rewind(self, positions: Mapping[Place, int]) -> None:
        """Read again from these offsets, for partitions still owned."""

    async def read(self, place: Place, offset: int) -> Record | None:
        """One record as it stands on the log, or None when it is gone."""

    def owned(self) -> set[Place]:
        """The partitions this process owns now."""

    async def ends(self, topic: str) -> dict[int, int]:
        """The end offset of every partition of a topic."""

    async def committed(self, topic: str) -> dict[int, int]:
        """What this process's group has committed: the next offset of each partition where it ever did."""

    async def look(self, topic: str, at: Mapping[int, int]) -> dict[int, Standing]:
        """Every partition of a topic as it stands, with the records at these offsets, outside any group."""

    def scan(self, place: Place, start: int, end: int) -> AsyncIterator[list[Record]]:
        """The records of one partition in [start, end), in bounded batches, outside any group."""


def next_offsets(records: Iterable[Record]) -> dict[Place, int]:
    """Where to go on after these records."""
    positions: dict[Place, int] = {}
    for (topic, partition), run in groupby(records, _place):
        place = Place(topic, partition)
        positions[place] = max(positions.get(place, 0), max(map(_offset, run)) + 1)
    return positions


def first_offsets(records: Iterable[Record]) -> dict[Place, int]:
    """Where to begin again with these records."""
    positions: dict[Place, int] = {}
    for (topic, partition), run in groupby(records, _place):
        place, offset = Place(topic, partition), min(map(_offset, run))
        positions[place] = min(positions.get(place, offset), offset)
    return positions


# A batch is a few long runs, one of each partition: looked at record by record it costs as much as reading it.
_place, _offset = attrgetter("topic", "partition"), attrgetter("offset")
