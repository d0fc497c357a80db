"""A store made anew from the log is the store that was there, and goes on where its group had committed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.records.queries import whole_digest
from services.records.service import ARCHIVE
from shared.adapters.memory import MemoryStore
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.decider import Service
from shared.reference import Reference
from shared.runtime import documents
from shared.runtime.archive import Archive
from shared.runtime.documents import STREAMS
from shared.runtime.log import Place
from shared.runtime.rebuild import rebuild
from shared.runtime.unsent import Folded
from tests.laws.strategies import REFERENCE, Act, said
from tests.laws.test_check import STORY
from tests.laws.test_deciders import SERVICES
from tests.support.checked import Evidence, evidence
from tests.support.city import City

BY_NAME = {service.name: service for service in SERVICES}


@pytest.fixture
def city() -> Any:
    city = City(SERVICES, ARCHIVE, REFERENCE)
    yield city
    city.close()


def live(city: City, story: list[Act], *, rest: bool) -> Evidence:
    """The city after a story: at rest, or with requests still waiting."""
    for act in story:
        city.topics.say(said(act))
        for _ in range(4):
            for name in city.names:
                city.deliver(name)
    if rest:
        city.settle()
    return evidence(city.left())


def rebuilt(
    service: Service[Any] | Archive, found: Evidence, reference: Reference = REFERENCE
) -> tuple[MemoryStore, Folded]:
    store = MemoryStore()
    committed = committed_by(service, found)
    there = SqliteElsewhere(Path(":memory:"))
    return store, asyncio.run(rebuild(service, found.log, store, reference, committed=committed, elsewhere=there))


def committed_by(service: Service[Any] | Archive, found: Evidence) -> dict[Place, int]:
    """How far a service has committed all it reads."""
    places = [place for topic in service.reads for place in found.topics.places(topic)]
    return {place: found.topics.committed.get((service.name, place), 0) for place in places}


def streams(service: Service[Any], store: MemoryStore) -> dict[str, Any]:
    """What a store keeps, without what only its saves have in common."""
    found = {id: documents.decode(service, document) for id, document in store.snapshot()[STREAMS].documents.items()}
    return {id: (kept.partition, kept.stream, kept.parked) for id, kept in found.items()}


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("rest", [True, False], ids=["at rest", "with requests held"])
def test_a_rebuilt_store_is_the_store_that_was_there(city: City, name: str, rest: bool) -> None:
    found = live(city, STORY if rest else STORY[5:], rest=rest)
    store, result = rebuilt(BY_NAME[name], found)
    assert streams(BY_NAME[name], store) == streams(city.services[name], city.stores[name])
    assert (result.differences, result.lacking, result.parked) == ([], [], 0)


def test_a_rebuilt_archive_has_the_same_digest(city: City) -> None:
    found = live(city, STORY, rest=True)
    store, _ = rebuilt(ARCHIVE, found)
    assert asyncio.run(whole_digest(store)) == city.run(whole_digest(city.stores["records"]))


def test_a_rebuilt_service_says_no_history_again(city: City) -> None:
    found = live(city, STORY, rest=True)
    before = len(list(city.topics.all("onecard.events")))
    for name, service in BY_NAME.items():
        city.stores[name], _ = rebuilt(service, found)
        city.processes[name] = city.begin(name)
    city.settle()
    assert len(list(city.topics.all("onecard.events"))) == before


def test_a_rebuilt_service_hears_by_itself_what_it_had_not_committed(city: City) -> None:
    found = live(city, STORY[:20], rest=False)
    for act in STORY[20:]:
        city.topics.say(said(act))
    for name, service in BY_NAME.items():
        city.stores[name], _ = rebuilt(service, found)
        city.processes[name] = city.begin(name)
    city.settle()
    city.check()


def test_what_the_log_lacks_is_there_to_be_said(city: City) -> None:
    found = live(city, STORY, rest=True)
    gone = found.the("pickup-released")
    found.remove(gone)
    _, result = rebuilt(BY_NAME["pharmacy"], found)
    assert [(one.id, one.body) for one in result.lacking] == [(gone.id, gone.body)]


def test_commits_beyond_the_end_of_the_log_are_refused(city: City) -> None:
    found = live(city, STORY, rest=True)
    for place, records in found.topics.records.items():
        found.topics.records[place] = records[:-1]
    with pytest.raises(ValueError, match="another log"):
        rebuilt(BY_NAME["lab"], found)
