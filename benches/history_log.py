"""Whole visits, stays and check-ups as the services themselves live them, in memory: their log, and what each service
keeps of them. Every bill is settled by the insurer's gateway, so that it has something to do too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from pydantic_core import from_json

from benches.archive_made import written
from services.insurer.local import LocalInsurer
from services.insurer.service import SERVICE as INSURER
from services.records.service import ARCHIVE
from shared.adapters.declared import declare
from shared.adapters.memory import MemoryStore
from shared.adapters.memory_log import MemoryLog, MemoryTopics
from shared.adapters.sqlite_table import table_of
from shared.decider import Service
from shared.envelope import Envelope, Record, to_ms
from shared.reference import Ward
from shared.reference.data import Dated
from shared.reference.places import NO_RULE
from shared.runtime.changes import Changes
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import STREAMS, collection
from shared.runtime.engine import Engine
from shared.runtime.reading import heard_types
from shared.runtime.store import Document, Store
from shared.runtime.telemetry import Telemetry
from tests.laws.checkup_acts import CHECKUP
from tests.laws.more_acts import EPOCH, STAY, WARDS
from tests.laws.strategies import WAYS, Act, card_of, said
from tests.laws.test_deciders import SERVICES
from tests.support.by_call import BY_CALL, gateway
from tests.support.spec import START

GROUPS, VISITS, PARTITIONS = 8, 50, 12
BEDS = tuple(f"{n:02d}" for n in range(99))
ENOUGH = 500
FIRST = 2
"""The number of the first visit's card; each visit has a card of its own."""
CARD = (("issue", 0), ("grant", 0), ("suspend", 0), ("restore", 0), ("register", 0), ("end grant", 0), ("leave", 0))
LIVES = (WAYS[0], WAYS[0], (("issue", 0), ("register", 0), ("tender", 3), *STAY), CHECKUP, CARD)
"""What residents do, in turn: visits to a clinic, stays, check-ups, the life of a card."""
ROOM_FOR_ALL = replace(
    BY_CALL,
    queues=Dated.of([("H01|D01|morning|*", EPOCH, NO_RULE)]),
    wards=Dated.of((f"H01|{code}", EPOCH, Ward("H01", code, code, code, BEDS)) for code in WARDS),
)
"""Nobody is refused for want of a number or a bed."""


@dataclass(frozen=True)
class Lived:
    """The topics, and each service's documents at the end. Every group's visits were lived at the same time."""

    topics: MemoryTopics
    kept: dict[str, list[Document]]
    groups: int
    services: Sequence[Service[Any]] = SERVICES

    def heard(self, service: Service[Any] | None, group: int) -> list[Record]:
        """What a service hears (None: the archive) of one group's visits, in the order of the log."""
        types = {name.encode() for name in (heard_types(service) if service else ARCHIVE.types)}
        cards = {card_of(number) for number in _numbers(group)}
        return [
            record
            for source in (service or ARCHIVE).reads
            for record in self.topics.all(source)
            if dict(record.headers)["ce_type"] in types and from_json(record.value or b"").get("card") in cards
        ]


async def lived(groups: int = GROUPS) -> Lived:
    """Every life as such lives go, to its end: all are asked the next thing once the last is answered."""
    now = to_ms(START) + 60_000
    topics = MemoryTopics(lambda: now, PARTITIONS)
    engines = [await _engine(service, topics) for service in SERVICES]
    [insurers] = [engine.store for engine, _ in engines if engine.service.name == INSURER.name]
    asking = gateway(LocalInsurer(), insurers, partial(_say, topics))
    for step in range(max(map(len, LIVES))):
        for number in (number for group in range(groups) for number in _numbers(group)):
            for verb, which, *_ in LIVES[number % len(LIVES)][step : step + 1]:
                topics.say(said(Act(verb, number, 0, which)))
        while sum([await _hear(engine, log) for engine, log in engines]):
            await asking.round(0)
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


async def _say(topics: MemoryTopics, envelopes: Sequence[Envelope]) -> None:
    for one in envelopes:
        topics.say(one)


async def _engine(service: Service[Any], topics: MemoryTopics) -> tuple[Engine, MemoryLog]:
    store, log = MemoryStore(), MemoryLog(topics, service.name, service.source)
    await store.open((collection(service), DEAD_LETTERS))
    telemetry = Telemetry(service.name)
    engine = Engine(service, store, log, ROOM_FOR_ALL, telemetry=telemetry, changes=Changes(), clock=topics.clock)
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
