"""Whole visits as the services themselves live them, in memory: their log, and what each service keeps of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benches.archive_made import written
from services.records.service import ARCHIVE
from shared.adapters.declared import declare
from shared.adapters.memory import MemoryStore
from shared.adapters.memory_log import MemoryLog, MemoryTopics
from shared.adapters.sqlite_table import table_of
from shared.decider import Service
from shared.envelope import Record, to_ms
from shared.runtime.changes import Changes
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import STREAMS, collection
from shared.runtime.engine import Engine
from shared.runtime.reading import heard_types
from shared.runtime.store import Document, Store
from shared.runtime.telemetry import Telemetry
from tests.laws.strategies import REFERENCE, WAYS, Act, card_of, said
from tests.laws.test_deciders import SERVICES
from tests.support.spec import START

GROUPS, VISITS, PARTITIONS = 8, 25, 12
ENOUGH = 500
FIRST = 2
"""The number of the first visit's card; each visit has a card of its own."""


@dataclass(frozen=True)
class Lived:
    """The topics, and each service's documents at the end. Every group's visits were lived at the same time."""

    topics: MemoryTopics
    kept: dict[str, list[Document]]
    groups: int
    services: Sequence[Service[Any]] = SERVICES

    def heard(self, service: Service[Any] | None, group: int) -> list[Record]:
        """What a service hears (None: the archive) of one group's visits, in the order of the log."""
        source = service.source if service else ARCHIVE.source
        types = {name.encode() for name in (heard_types(service) if service else ARCHIVE.types)}
        cards = {card_of(number).encode() for number in _numbers(group)}
        return [
            record
            for record in self.topics.all(source)
            if record.key in cards and dict(record.headers)["ce_type"] in types
        ]


async def lived(groups: int = GROUPS) -> Lived:
    """Every visit as visits go, to its close: all are asked the next thing once the last is answered."""
    now = to_ms(START) + 60_000
    topics = MemoryTopics(lambda: now, PARTITIONS)
    engines = [await _engine(service, topics) for service in SERVICES]
    for verb, which, *_ in WAYS[0]:
        for number in (number for group in range(groups) for number in _numbers(group)):
            topics.say(said(Act(verb, number, 0, which)))
        while sum([await _hear(engine, log) for engine, log in engines]):
            pass
    return Lived(topics, {engine.service.name: list(_streams(engine.store)) for engine, _ in engines}, groups)


def filled(path: Path, service: Service[Any], documents: Sequence[Document], size: int) -> None:
    """A file with that many documents of a service: those given, again and again under other cards. Nobody reads them,
    so of each only the beginning is written: what their number costs is in the indexes."""
    table, random = table_of(declare([collection(service)])[STREAMS]), Random(size)
    templates = [(one.id.partition("/")[2], table.inserted(one, "")[1:]) for one in documents]
    templates = [(name, (version, token, body[:ENOUGH], *index)) for name, (version, token, body, *index) in templates]

    def rows() -> Iterator[tuple[Any, ...]]:
        for n in range(size):
            name, rest = templates[n % len(templates)]
            yield (f"{random.getrandbits(256):064x}/{name}", *rest)

    written(path, table, rows())


def _numbers(group: int) -> range:
    return range(FIRST + group * VISITS, FIRST + (group + 1) * VISITS)


async def _engine(service: Service[Any], topics: MemoryTopics) -> tuple[Engine, MemoryLog]:
    store, log = MemoryStore(), MemoryLog(topics, service.name, service.source)
    await store.open((collection(service), DEAD_LETTERS))
    telemetry = Telemetry(service.name)
    engine = Engine(service, store, log, REFERENCE, telemetry=telemetry, changes=Changes(), clock=topics.clock)
    return engine, log


async def _hear(engine: Engine, log: MemoryLog) -> int:
    """Everything there is to hear now; how many records."""
    heard = 0
    while batch := log.poll():
        await engine.handle(batch)
        heard += len(batch)
    return heard


def _streams(store: Store) -> Iterator[Document]:
    if isinstance(store, MemoryStore):
        yield from store.snapshot()[STREAMS].documents.values()
