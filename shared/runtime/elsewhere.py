"""Facts that a fold says for another key than their cause's: on another card (a merge is said on both), or on the other
topic (a queue speaks to a card).

Such a fact may stand in any partition, before or after the one that is being folded, so what is said and what is met is
written down, and compared when all places were read. What is met and was not said here is a copy of an earlier record,
or has its cause beyond what its service has committed (then it is not judged yet), or is foreign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from shared.envelope import Envelope, Record
from shared.runtime.log import Log, Place


class Met(NamedTuple):
    """A service's own fact where it stands on the log. `digest` is over all that every replay must say alike."""

    place: Place
    offset: int
    id: str
    type: str
    cause: str
    digest: bytes


class Elsewhere(Protocol):
    """Where both sides are written down: as large as they are, so not in memory."""

    def say(self, service: str, envelope: Envelope, digest: bytes) -> None:
        """A fact that is to stand elsewhere."""

    def meet(self, service: str, met: Met) -> None:
        """A fact that stands here and was not awaited here. Of several with its id the first is kept."""

    def lacking(self, service: str) -> Iterator[Envelope]:
        """What was said and not met, in the order it was said."""

    def other(self, service: str) -> Iterator[Met]:
        """What was met with other bytes than it was said with."""

    def left(self, service: str) -> Iterator[Met]:
        """What was met and not said."""


async def foreign(
    found: Iterator[Met], log: Log, sources: Sequence[str], until: Mapping[Place, int]
) -> AsyncIterator[Met]:
    """Of what was met and not said, what nothing explains. `until` is how far the service has committed, by place."""
    left = [met for met in found if not (met.place.topic in sources and met.offset >= until.get(met.place, 0))]
    if not left:
        return
    beyond = await _beyond({met.cause for met in left}, log, sources, until)
    left = [met for met in left if met.cause not in beyond]
    copies = {at: await _copies(at, those, log) for at, those in _by_place(left).items()}
    for met in left:
        if met.id not in copies[met.place]:
            yield met


async def _beyond(causes: set[str], log: Log, sources: Sequence[str], until: Mapping[Place, int]) -> set[str]:
    """Which of these causes the service has not committed: the log is read on from there to where it ends now, since a
    fact may have come after its own partition's end was noted."""
    found: set[str] = set()
    for topic in sources:
        for partition, end in (await log.ends(topic)).items():
            place = Place(topic, partition)
            async for records in log.scan(place, until.get(place, 0), end):
                found |= causes & set(map(id_of, records))
    return found


async def _copies(place: Place, left: Sequence[Met], log: Log) -> set[str]:
    """Which of these have an earlier record of their id in their place: it was met where it was awaited."""
    first = {met.id: met.offset for met in left}
    found: set[str] = set()
    async for records in log.scan(place, 0, max(first.values())):
        found |= {id for record in records if record.offset < first.get(id := id_of(record), 0)}
    return found


def _by_place(left: Sequence[Met]) -> Mapping[Place, list[Met]]:
    places: dict[Place, list[Met]] = defaultdict(list)
    for met in left:
        places[met.place].append(met)
    return places


def id_of(record: Record) -> str:
    """The id in a record's header, whatever else it holds."""
    return next((value.decode("utf-8", "replace") for name, value in record.headers if name == "ce_id" and value), "")
