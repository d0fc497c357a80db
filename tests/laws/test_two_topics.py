"""Services that speak across topics and keys say, keep and rebuild what plain folds do, whatever befalls them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from deploy.check.apart import Apart
from deploy.check.book import Book
from deploy.check.laws import enter, judged
from deploy.check.recompute import recomputed, settled
from deploy.check.result import Finding
from deploy.http import in_path, parked
from services.records.service import ARCHIVE
from shared.adapters.memory import MemoryStore
from shared.adapters.memory_log import MemoryTopics
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.decider import Service
from shared.envelope import Envelope, Record, headers, read
from shared.operations import operations
from shared.runtime import documents
from shared.runtime.documents import STREAMS
from shared.runtime.log import Place
from shared.runtime.rebuild import rebuild
from shared.runtime.unsent import Difference, Folded
from tests.laws.strategies import CARDS, REFERENCE
from tests.support.checked import Evidence
from tests.support.city import City
from tests.support.hall import DOOR, EVENTS, HALL, HALLS, QUEUES, SERVICES, WANTS, Want, asked, spoken
from tests.support.plain import DAY, MINUTE
from tests.support.process import Trouble

LONG = os.environ.get("LAWS") == "long"
NAMES = [*(service.name for service in SERVICES), ARCHIVE.name]
TROUBLES = st.none() | st.builds(Trouble, st.sampled_from(["crash", "refuse", "sleep"]), st.integers(0, 12))
STORY = [
    *(Want("place", card, n) for card in range(5) for n in range(3)),
    *(Want("next", hall, n) for hall in range(3) for n in range(4)),
    *(Want("join", card) for card in range(5)),
]
LATER = [*(Want("place", card, 3) for card in range(5)), *(Want("next", hall, 9) for hall in range(3))]


class AcrossTopics(RuleBasedStateMachine):
    """Cards want places, halls call numbers; processes die, stall and are replaced anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.all = ExitStack()
        self.all.enter_context(spoken())
        self.city = City(SERVICES, ARCHIVE, REFERENCE)

    @rule(wants=st.lists(WANTS, min_size=1, max_size=6))
    def want(self, wants: list[Want]) -> None:
        for want in wants:
            self.city.topics.say(asked(want))

    @rule(name=st.sampled_from(NAMES), most=st.integers(1, 20), trouble=TROUBLES)
    def deliver(self, name: str, most: int, trouble: Trouble | None) -> None:
        self.city.deliver(name, most, trouble)

    @rule(name=st.sampled_from(NAMES), trouble=TROUBLES)
    def tick(self, name: str, trouble: Trouble | None) -> None:
        self.city.tick(name, trouble)

    @rule()
    def wake(self) -> None:
        self.city.wake()

    @rule(ms=st.sampled_from([1000, 31_000, DAY + MINUTE]))
    def wait(self, ms: int) -> None:
        self.city.now += ms

    @rule(topic=st.sampled_from([EVENTS, QUEUES]), partition=st.integers(0, 1), back=st.integers(1, 20))
    def double(self, topic: str, partition: int, back: int) -> None:
        for record in self.city.topics.records[Place(topic, partition)][-back:][:1]:
            self.city.topics.append(topic, record.key, record.value, record.headers)

    @rule(what=st.sampled_from([(one.name, event.__name__) for one in SERVICES for event in one.hears]))
    def break_decider(self, what: tuple[str, str]) -> None:
        self.city.broken[what[0]].add(what[1])
        self.city.ever_broken.add(what[0])

    def teardown(self) -> None:
        try:
            self.city.settle()
            self.city.check()
            for service in SERVICES:
                rebuilt_as_it_was(self.city, service)
            assert recompute(self.city.topics) == []
        finally:
            self.city.close()
            self.all.close()


TestAcrossTopics = AcrossTopics.TestCase
TestAcrossTopics.settings = settings(
    max_examples=300 if LONG else 25, stateful_step_count=60 if LONG else 25, deadline=None, derandomize=not LONG
)


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    with spoken():
        yield


@pytest.fixture
def cities() -> Iterator[Callable[[], City]]:
    """Makes cities, and takes them down."""
    with ExitStack() as all:
        yield lambda: all.enter_context(closing(City(SERVICES, ARCHIVE, REFERENCE)))


@pytest.fixture
def city(cities: Callable[[], City]) -> City:
    """A city after the whole story, at rest."""
    return lived(cities())


def lived(city: City, name: str = "", trouble: Trouble | None = None) -> City:
    for want in STORY:
        city.topics.say(asked(want))
    for other in NAMES * 2:
        city.deliver(other, trouble=trouble if other == name else None)
        trouble = None if other == name else trouble
    for want in LATER:
        city.topics.say(asked(want))
    city.settle()
    return city


@pytest.mark.parametrize("kind", ["crash", "refuse", "sleep"])
@pytest.mark.parametrize("name", NAMES)
def test_a_trouble_at_any_point_changes_nothing(name: str, kind: Any, cities: Callable[[], City]) -> None:
    for at in range(0, 24, 2):
        lived(cities(), name, Trouble(kind, at)).check()


def test_a_queue_speaks_to_a_card_and_a_card_to_a_queue(city: City) -> None:
    said = {(one.topic, one.type.split(".")[1], one.key in HALLS) for one in events(city.topics) if one.causation}
    assert said == {(QUEUES, "door", True), (EVENTS, "door", False), (EVENTS, "hall", False), (QUEUES, "hall", True)}


def test_two_cards_are_joined_once_on_each(city: City) -> None:
    joined = [one.key for one in events(city.topics) if one.type == "onecard.door.cards-joined.v1"]
    assert sorted(joined) == sorted([*CARDS[:5], *CARDS[1:6]])


def test_what_waits_for_a_queue_and_its_deadlines_are_said_to_the_queue(city: City) -> None:
    runtimes = [one for one in events(city.topics) if one.type.split(".")[2].startswith("queue-")]
    assert {(one.topic, one.type.split(".")[2], one.subject) for one in runtimes} == {
        (QUEUES, "queue-deadline-passed", ""),
        (QUEUES, "queue-request-held", ""),
    }


def test_a_view_of_both_topics_keeps_each_partition_apart(city: City) -> None:
    kept = city.streams("board").values()
    assert {(one.key in HALLS, one.partition >> 20) for one in kept} == {(True, 1), (False, 0)}


def test_a_service_that_says_facts_may_not_read_two_topics() -> None:
    with pytest.raises(ValueError, match="one topic"):
        Service(
            name="hall", hears=HALL.hears, says=HALL.says, stream=HALL.stream, initial=HALL.initial,
            decide=HALL.decide, evolve=HALL.evolve, sources=(EVENTS, QUEUES),
        )  # fmt: skip


@pytest.mark.parametrize("service", SERVICES, ids=NAMES[:-1])
def test_a_rebuilt_store_is_the_store_that_was_there(service: Service[Any], city: City) -> None:
    rebuilt_as_it_was(city, service)


def test_a_clean_city_recomputes_clean(city: City) -> None:
    assert recompute(city.topics) == []


def test_recomputing_half_of_the_partitions_apart_comes_to_the_same(city: City) -> None:
    assert recompute(city.topics, shares=2) == []


def test_a_parked_stream_of_any_queue_is_found_by_its_id_in_a_path(city: City) -> None:
    """Codes may hold `/` and `:`, which a queue's key has escaped, and a path would unescape."""
    city.broken["hall"].add("NumberWanted")
    for n in range(3):
        city.topics.say(asked(Want("place", 0, 4 + n)))
    for name in NAMES * 2:
        city.deliver(name)
    app = FastAPI()
    app.include_router(operations(city.services["hall"], city.stores["hall"]))

    async def replay() -> list[int]:
        here = httpx.ASGITransport(app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=here, base_url="http://here") as asking:
            ids = [stream["id"] async for stream in parked(asking, "")]
            assert {id.rpartition("/")[0] for id in ids} == set(HALLS)
            return [(await asking.post(f"/operations/replay/{in_path(id)}")).status_code for id in ids]

    assert city.run(replay()) == [202, 202, 202]
    assert all(kept.replaying for kept in city.streams("hall").values())


# Negative controls: take one thing away, or add one, on the other topic or under the other key.

FAR = [
    ("door", "number-wanted", QUEUES), ("door", "cards-joined", EVENTS), ("hall", "number-given", EVENTS),
    ("hall", "number-called", EVENTS), ("hall", "hall-moved", QUEUES), ("hall", "queue-request-held", QUEUES),
]  # fmt: skip


@pytest.mark.parametrize(("service", "name", "topic"), FAR)
@pytest.mark.parametrize("shares", [1, 2])
def test_a_fact_that_is_gone_is_lacking(service: str, name: str, topic: str, shares: int, city: City) -> None:
    one = the(city.topics, name)
    gone(city.topics, one)
    assert found_of(service, recompute(city.topics, shares=shares)) == [("lacking", topic, one.id)]


@pytest.mark.parametrize(("service", "name", "topic"), FAR)
def test_a_fact_with_other_bytes_is_other(service: str, name: str, topic: str, city: City) -> None:
    one = the(city.topics, name)
    instead(city.topics, one, one._replace(body=one.body.replace(b'"department":"D01"', b'"department":"D09"')))
    assert found_of(service, recompute(city.topics)) == [("other", topic, one.id)]


@pytest.mark.parametrize(("service", "name", "topic"), FAR)
def test_a_fact_nobody_said_is_foreign(service: str, name: str, topic: str, city: City) -> None:
    one = the(city.topics, name)
    forged = one._replace(id=one.id[:-1] + ("0" if one.id[-1] != "0" else "1"))
    say_handled(city.topics, forged)
    assert found_of(service, recompute(city.topics)) == [("foreign", topic, forged.id)]


@pytest.mark.parametrize(("service", "name", "topic"), FAR)
def test_a_copy_of_a_fact_is_none_of_them(service: str, name: str, topic: str, city: City) -> None:
    say_handled(city.topics, the(city.topics, name))
    assert recompute(city.topics) == []


def test_a_fact_whose_cause_its_service_has_not_committed_is_not_judged(city: City) -> None:
    """Acknowledged and not committed yet: the owner is between its steps 6 and 7."""
    for place in city.topics.places(QUEUES):
        city.topics.committed["hall", place] = city.topics.committed.get(("hall", place), 0) // 2
    assert recompute(city.topics) == []


@pytest.mark.parametrize("name", ["number-wanted", "cards-joined"])
def test_what_a_rebuilt_service_lacks_elsewhere_is_there_to_be_said(name: str, city: City) -> None:
    one = the(city.topics, name)
    gone(city.topics, one)
    _, result = rebuilt(city.topics, DOOR)
    assert [(lacks.id, lacks.topic, lacks.key, lacks.body) for lacks in result.lacking] == [
        (one.id, one.topic, one.key, one.body)
    ]


class TestCheck:
    """Check judges causes, ids and answers across keys and topics."""

    def test_a_clean_city_checks_clean(self, city: City) -> None:
        assert checked(city.topics) == set()

    def test_a_cause_on_the_other_topic_that_is_gone_is_missed(self, city: City) -> None:
        gone(city.topics, the(city.topics, "number-wanted"))
        assert checked(city.topics) == {"cause_missing"}

    def test_an_answer_on_the_other_topic_that_is_gone_is_missed(self, city: City) -> None:
        held = {one.causation for one in events(city.topics) if one.type.split(".")[2] == "queue-request-held"}
        called = [one for one in events(city.topics) if one.type.split(".")[2] == "number-called"]
        gone(city.topics, next(one for one in called if one.causation not in held))
        assert checked(city.topics) == {"fact_missing", "unanswered"}

    def test_a_second_answer_on_the_other_topic_is_one_too_many(self, city: City) -> None:
        one = the(city.topics, "number-called")
        say_handled(city.topics, one._replace(id=one.id[:-1] + ("0" if one.id[-1] != "0" else "1")))
        assert checked(city.topics) == {"answered_twice", "foreign_id"}

    def test_an_event_on_the_other_topic_than_that_of_its_key_is_misplaced(self, city: City) -> None:
        say_handled(city.topics, the(city.topics, "hall-moved")._replace(topic=EVENTS))
        assert "misplaced" in checked(city.topics)


def checked(topics: MemoryTopics) -> set[str]:
    """The codes of what check finds wrong in all keys of both topics."""
    with Book(Path(":memory:")) as book:
        apart, found = Apart(book), list[Finding]()
        for place in sorted(topics.records):
            for record in topics.records[place]:
                found += enter(book, record)
            handled = {one.name: len(topics.records[place]) for one in SERVICES if place.topic in one.reads}
            for key, envelopes in book.cards(*place):
                mark = len(topics.records[place])
                found += judged(book, apart, key, envelopes, place=place, mark=mark, handled=handled, signed=None)
            book.next_partition()
        for records in topics.records.values():
            apart.look(records)
        return {one.code for one in (*found, *apart.judged()) if one.standing == "wrong"}


def found_of(service: str, found: list[Difference]) -> list[tuple[str, str, str]]:
    """What differs of one service: whoever heard what was tampered with differs too."""
    return [(one.what, one.topic, one.id) for one in found if one.service == service]


def recompute(topics: MemoryTopics, *, shares: int = 1) -> list[Difference]:
    """What recomputing the two services that say something finds, in one share of the partitions or several."""
    says: list[Service[Any]] = [DOOR, HALL]
    log = Evidence(topics).log
    places = sorted(place for place in topics.records if place.topic in (EVENTS, QUEUES))
    handled = {
        one.name: {place: topics.committed.get((one.name, place), 0) for place in places if place.topic in one.reads}
        for one in says
    }
    there = SqliteElsewhere(Path(":memory:"))

    async def all() -> list[Folded]:
        found = []
        for share in range(shares):
            ends = {place: len(topics.records[place]) for place in places[share::shares]}
            found += await recomputed(
                says, log, REFERENCE, ends=ends, handled=handled, store=lambda _: MemoryStore(),
                elsewhere=lambda: nullcontext(there),
            )  # fmt: skip
        return found + await settled(says, log, REFERENCE, handled, there)

    return [difference for folded in asyncio.run(all()) for difference in folded.differences]


def rebuilt(topics: MemoryTopics, service: Service[Any]) -> tuple[MemoryStore, Folded]:
    store, there = MemoryStore(), SqliteElsewhere(Path(":memory:"))
    places = [place for topic in service.reads for place in topics.places(topic)]
    committed = {place: topics.committed.get((service.name, place), 0) for place in places}
    log = Evidence(topics).log
    return store, asyncio.run(rebuild(service, log, store, REFERENCE, committed=committed, elsewhere=there))


def rebuilt_as_it_was(city: City, service: Service[Any]) -> None:
    store, result = rebuilt(city.topics, service)
    assert (result.differences, result.parked) == ([], 0)
    found = {id: documents.decode(service, one) for id, one in store.snapshot()[STREAMS].documents.items()}
    live = city.streams(service.name)
    if service.name not in city.ever_broken:
        assert {id: (one.partition, one.stream) for id, one in found.items()} == {
            id: (one.partition, one.stream) for id, one in live.items()
        }


def events(topics: MemoryTopics) -> list[Envelope]:
    """Everything on the two topics that can be read."""
    records: list[Record] = [*topics.all(EVENTS), *topics.all(QUEUES)]
    return [one for record in records if isinstance(one := read(record), Envelope)]


def the(topics: MemoryTopics, name: str) -> Envelope:
    """The first event of that name."""
    return next(one for one in events(topics) if one.type.split(".")[2] == name)


def instead(topics: MemoryTopics, old: Envelope, new: Envelope) -> None:
    records = topics.records[Place(old.topic, old.partition)]
    for at, record in enumerate(records):
        if record.offset == old.offset:
            records[at] = record._replace(key=new.key.encode(), value=new.body, headers=tuple(headers(new)))


def gone(topics: MemoryTopics, one: Envelope) -> None:
    """The event was never said: in its place stands a repeat of a request of its partition."""
    there = [other for other in events(topics) if (other.topic, other.partition) == (one.topic, one.partition)]
    instead(topics, one, next(other for other in there if other.type.split(".")[1] == "edge"))


def say_handled(topics: MemoryTopics, one: Envelope) -> None:
    """One more record, which everybody who reads its topic has handled."""
    record = topics.say(one)
    for (service, place), offset in list(topics.committed.items()):
        if place == (record.topic, record.partition) and offset == record.offset:
            topics.committed[service, place] = offset + 1
