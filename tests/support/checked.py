"""What a check reads of a simulated city, as evidence that a test may tamper with: one thing at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic_core import from_json, to_json

from deploy.check import Book, Result, judge, note
from deploy.check.recompute import findings, recomputed, settled
from deploy.check.sources import EVENTS, KEPT, STANDINGS, Entry
from deploy.check.tariff import Tariff, read_tariff
from services.records.archive import digest, fold
from services.records.queries import ENTRIES
from services.records.shown import line
from shared.adapters.memory import MemoryStore
from shared.adapters.memory_log import MemoryLog, MemoryTopics
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.decider import Service
from shared.envelope import Envelope, Record, headers, read
from shared.reference import Reference
from shared.runtime.documents import STREAMS
from shared.runtime.log import Log, Place
from tests.support.insured import INSURED_TOWN
from tests.support.oracle import EVERYTHING, Left, at_once

Which = Callable[[Envelope], bool]

TARIFF = read_tariff(INSURED_TOWN)


@dataclass
class Evidence:
    """Sources of a check, all in memory."""

    topics: MemoryTopics
    archive: dict[int, list[Entry]] = field(default_factory=dict)
    aside: dict[str, dict[str, str]] = field(default_factory=dict)
    parked_cards: dict[str, list[str]] = field(default_factory=dict)

    @property
    def log(self) -> Log:
        return MemoryLog(self.topics, "check", EVENTS)

    async def committed(self, service: str, topic: str) -> dict[int, int]:
        found = self.topics.committed
        return {place.partition: found.get((service, place), 0) for place in self.topics.places(topic)}

    async def entries(self, partition: int) -> AsyncGenerator[Entry]:
        for entry in self.archive.get(partition, []):
            yield entry

    async def set_aside(self, service: str) -> AsyncIterator[tuple[str, str]]:
        for letter in self.aside.get(service, {}).items():
            yield letter

    async def parked(self, service: str) -> AsyncIterator[str]:
        for card in self.parked_cards.get(service, []):
            yield card

    def copy(self) -> Evidence:
        """The same evidence, to be tampered with."""
        topics = MemoryTopics(self.topics.clock, self.topics.partitions)
        topics.records |= {place: list(records) for place, records in self.topics.records.items()}
        topics.committed = dict(self.topics.committed)
        archive = {partition: list(entries) for partition, entries in self.archive.items()}
        aside = {service: dict(letters) for service, letters in self.aside.items()}
        return Evidence(topics, archive, aside, dict(self.parked_cards))

    def events(self) -> list[Envelope]:
        """Everything on the log that can be read."""
        return [one for record in self.topics.all(EVENTS) if isinstance(one := read(record), Envelope)]

    def the(self, name: str, n: int = 0) -> Envelope:
        """The n-th event on the log whose type has this name: `medication-dispensed`."""
        return [one for one in self.events() if one.type.split(".")[2] == name][n]

    def change(self, one: Envelope, *, archived: bool = True, **fields: Any) -> None:
        """Another body for an event, as if it had been said so."""
        body = to_json({**from_json(one.body), **fields})
        self.put(one, one._replace(body=body), archived=archived)

    def put(self, old: Envelope, new: Envelope, *, archived: bool = True) -> None:
        """Another record in one's place, and in the archive too."""
        for records in self.topics.records.values():
            for at, record in enumerate(records):
                if (record.topic, record.partition, record.offset) == (old.topic, old.partition, old.offset):
                    records[at] = record._replace(key=new.key.encode(), value=new.body, headers=tuple(headers(new)))
        if archived:
            self.archive_again()

    def remove(self, one: Envelope, *, archived: bool = True) -> None:
        """The event was never said: in its place stands a harmless repeat of its partition's first."""
        self.put(one, next(other for other in self.events() if other.partition == one.partition), archived=archived)

    def add(self, one: Envelope) -> None:
        """One more event at the end of its partition, handled by everybody."""
        record = self.topics.say(one._replace(topic=EVENTS))
        for (service, place), offset in self.topics.committed.items():
            if place == (EVENTS, record.partition) and offset == record.offset:
                self.topics.committed[service, place] = offset + 1
        self.archive_again()

    def archive_again(self) -> None:
        """The archive as it would be over the log as it is."""
        self.archive.clear()
        first: dict[str, Envelope] = {}
        for one in self.events():
            first.setdefault(f"{one.key}/{one.id}", one)
        for made in fold(first.values()):
            card, _, id = made.id.partition("/")
            partition, offset = divmod(int(made.fields["position"]), 1 << 48)
            entry = Entry(offset, card, id, digest(made.body), str(made.fields["kind"]))
            self.archive.setdefault(partition, []).append(entry)


def evidence(left: Left) -> Evidence:
    """Everything a check would read of a city."""
    found = Evidence(left.topics)
    for document in at_once(left.stores["records"].find(ENTRIES.name, "by_position", limit=EVERYTHING)):
        shown = from_json(line(document))
        entry = Entry(*(shown[name] for name in Entry._fields))
        found.archive.setdefault(shown["partition"], []).append(entry)
    for name in left.stores:
        found.aside[name] = {one.id: standing for standing in STANDINGS for one in left.letters(name, standing)}
    for name in left.services:
        parked = at_once(left.stores[name].find(STREAMS, "parked", (), limit=EVERYTHING))
        found.parked_cards[name] = [document.id.partition("/")[0] for document in parked]
    return found.copy()


def checked(found: Evidence, signed: Any = None, tariff: Tariff = TARIFF) -> Result:
    """What a check says of this evidence."""
    with Book(Path(":memory:")) as book:
        return at_once(judge(found, at_once(note(found)), book, lambda *_: None, signed=signed, tariff=tariff))


def recompute(found: Evidence, services: Sequence[Service[Any]], reference: Reference) -> Result:
    """What recomputing says of it."""

    async def check(file: Path) -> Result:
        noted, result = await note(found), Result()
        folded = await recomputed(
            services, found.log, reference, ends=kept(noted.ends), handled=noted.handled, store=lambda _: MemoryStore(),
            elsewhere=lambda: SqliteElsewhere(file, fresh=True),
        )  # fmt: skip
        with SqliteElsewhere(file) as there:
            folded += await settled(services, found.log, reference, noted.handled, there)
        for one in folded:
            result.add(findings(one))
        return result

    with TemporaryDirectory(prefix="onecard-recompute-") as folder:
        return asyncio.run(check(Path(folder) / "elsewhere.sqlite"))


def kept(ends: Mapping[Place, int]) -> dict[Place, int]:
    """Of these offsets those of the topics that are kept."""
    return {place: end for place, end in ends.items() if place.topic in KEPT}


def codes(result: Result) -> list[str]:
    """The codes of what is wrong."""
    return sorted({finding.code for finding in result.wrong})


def requests(found: Evidence) -> list[Record]:
    """The request topic."""
    return list(found.topics.all("onecard.requests"))
