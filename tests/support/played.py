"""Visits, stays, check-ups and queues played in memory, over stores as services keep them; some of it still goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple, cast

from services.lab.service import SERVICE as LAB
from services.queues.service import SERVICE as QUEUES
from services.records.service import ARCHIVE
from shared.adapters.memory import MemoryStore
from shared.adapters.sqlite import SqliteStore
from shared.envelope import Envelope, read
from shared.runtime import dead_letters
from shared.runtime.documents import STREAMS
from tests.laws.strategies import REFERENCE, WAYS, Act, said
from tests.laws.test_deciders import SERVICES
from tests.support.city import City
from tests.support.spoiled import HOWS, spoiled

KEPT = ("records", "guide", LAB.name)
"""Whose stores are files."""
AT_ONCE = 12
SOME = 8
NOBODY = 5
"""A card that no way is of."""


class Named(NamedTuple):
    """Ids that belong together; of what belongs to no visit, `visit` is empty."""

    key: str
    visit: str
    id: str


class Story(NamedTuple):
    """What is left of it: stores, which are open, and some ids. `held` waits in the laboratory; `aside` are its parked
    streams and dead letters."""

    stores: dict[str, SqliteStore]
    requests: list[Named]
    to_queues: list[Named]
    entries: list[Named]
    held: Named
    aside: list[str]


class _Played(City):
    def opened(self, name: str) -> MemoryStore:
        return cast("MemoryStore", SqliteStore(":memory:")) if name in KEPT else super().opened(name)

    def round(self) -> None:
        for name in self.names:
            self.deliver(name)

    def rounds(self) -> None:
        while not self.nothing_to_read():
            self.round()

    def on(self, topic: str) -> Iterator[Envelope]:
        for record in self.topics.all(topic):
            if isinstance(found := read(record), Envelope):
                yield found


def played() -> Story:
    """Every way of a visit, each once; nothing waits to be read, and deadlines are still to come."""
    with closing(_Played(SERVICES, ARCHIVE, REFERENCE)) as city:
        for number, act in enumerate(_acts()):
            city.topics.say(said(act))
            if number % AT_ONCE == 0:
                city.round()
        city.rounds()
        held = said(Act("collect", NOBODY, 0))
        city.topics.say(held)
        city.rounds()
        _spoil(city)
        stores = {name: cast("SqliteStore", city.stores[name]) for name in KEPT}
        letters = city.run(dead_letters.standing(stores[LAB.name], "open", SOME))
        parked = city.run(stores[LAB.name].find(STREAMS, "parked", (), limit=SOME))
        return Story(
            stores,
            _some(one for one in city.on("onecard.requests") if one.subject),
            _some(one for one in city.on(QUEUES.source) if ".edge." in one.type),
            _some(one for one in city.on(LAB.source) if one.type in ARCHIVE.types),
            Named(held.key, held.subject, held.id),
            [one.id for one in (*parked, *letters)],
        )


def _spoil(city: _Played) -> None:
    """Records that the laboratory sets aside, and one that its decider breaks on."""
    for how in HOWS:
        spoiled(city.topics, LAB.source, Act("collect", 0, 0), how)
    city.broken[LAB.name] = {event.__name__ for event in LAB.hears}
    city.topics.say(said(Act("collect", NOBODY, 1)))
    city.rounds()


def _acts() -> Iterator[Act]:
    for number, way in enumerate(WAYS):
        yield from (Act(verb, number // 3, number % 3, *how) for verb, *how in way)


def _some(of: Iterator[Envelope]) -> list[Named]:
    """Evenly among all."""
    all_ = [Named(one.key, one.subject, one.id) for one in of]
    return all_[:: max(1, len(all_) // SOME)][:SOME]
