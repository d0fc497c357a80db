"""Whatever befalls its processes, a city says, keeps and archives what plain folds of its two topics do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from services.records.service import ARCHIVE
from shared.envelope import Envelope, read
from shared.reference.data import Dated
from shared.runtime.log import Place
from shared.runtime.parking import ask_replay
from tests.laws.strategies import REFERENCE, Act, acts, made, said, visits
from tests.laws.test_deciders import SERVICES
from tests.support.city import City
from tests.support.oracle import EVERYTHING
from tests.support.plain import DAY, MINUTE
from tests.support.process import Trouble
from tests.support.spoiled import HOWS, spoiled

LONG = os.environ.get("LAWS") == "long"
NAMES = [*(service.name for service in SERVICES), ARCHIVE.name]
TROUBLES = st.none() | st.builds(Trouble, st.sampled_from(["crash", "refuse", "sleep"]), st.integers(0, 12))
TOPICS = st.sampled_from(["onecard.requests", "onecard.events"])


class Troubled(RuleBasedStateMachine):
    """Requests come, processes take batches of any size and die, stall and are replaced anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.city = City(SERVICES, ARCHIVE, REFERENCE)

    @initialize(story=visits(), promptly=st.booleans())
    def begin(self, story: list[Act], promptly: bool) -> None:
        self.city.promptly = promptly
        self.tell_visit(story)
        self.flow(1)

    @rule(story=visits())
    def tell_visit(self, story: list[Act]) -> None:
        for act in story:
            self.city.topics.say(said(act))

    @rule(act=acts(), late=st.sampled_from([0, 0, 0, 1]))
    def tell(self, act: Act, late: int) -> None:
        self.city.topics.say(said(act, late))

    @rule(name=st.sampled_from(NAMES), most=st.integers(1, 40), trouble=TROUBLES)
    def deliver(self, name: str, most: int, trouble: Trouble | None) -> None:
        self.city.deliver(name, most, trouble)

    @rule(name=st.sampled_from(NAMES), trouble=TROUBLES)
    def tick(self, name: str, trouble: Trouble | None) -> None:
        self.city.tick(name, trouble)

    @rule(rounds=st.integers(1, 4))
    def flow(self, rounds: int) -> None:
        for _ in range(rounds):
            for name in NAMES:
                self.city.deliver(name)

    @precondition(lambda self: self.city.zombies)
    @rule()
    def wake(self) -> None:
        self.city.wake()

    @rule(ms=st.sampled_from([1000, 31_000, 11 * MINUTE, DAY + MINUTE, 3 * DAY]))
    def wait(self, ms: int) -> None:
        self.city.now += ms

    @rule(topic=TOPICS, partition=st.integers(0, 1), back=st.integers(1, 40))
    def double(self, topic: str, partition: int, back: int) -> None:
        records = self.city.topics.records[Place(topic, partition)][-back:]
        if records:
            self.city.topics.append(topic, records[0].key, records[0].value, records[0].headers)

    @rule(topic=TOPICS, act=acts(), how=st.sampled_from(HOWS))
    def spoil(self, topic: str, act: Act, how: str) -> None:
        spoiled(self.city.topics, topic, act, how)

    @rule(what=st.sampled_from([(one.name, event.__name__) for one in SERVICES for event in one.hears]))
    def break_decider(self, what: tuple[str, str]) -> None:
        self.city.broken[what[0]].add(what[1])
        self.city.ever_broken.add(what[0])

    @rule()
    def mend(self) -> None:
        self.city.mend()

    def teardown(self) -> None:
        try:
            self.city.settle()
            self.city.check()
        finally:
            self.city.close()


TestTroubled = Troubled.TestCase
TestTroubled.settings = settings(
    max_examples=300 if LONG else 25, stateful_step_count=80 if LONG else 30, deadline=None, derandomize=not LONG
)


# The troubles of one plain story, one after the other: no chance, so every point of every service is struck.

BEFORE = [Act(verb, 0, visit) for verb in ("register", "book", "consult", "tender", "pay package") for visit in (0, 1)]
AMID = [
    Act(verb, 0, visit, which)
    for verb, which in (
        ("present", 0), ("collect", 0), ("consult", 1), ("enter", 0), ("tender", 1), ("review", 0), ("review", 1),
        ("call", 0), ("check in", 2), ("item", 0), ("item", 1), ("conclude", 0)
    )
    for visit in (0, 1)
]  # fmt: skip
AFTER = [
    *(
        Act(verb, 0, visit)
        for verb in ("acknowledge", "correct", "hand over", "resolve", "go home")
        for visit in (0, 1)
    ),
    *(Act("item", 0, visit, 2, how) for visit, how in ((0, 0), (1, 2))),
    *(Act("register", 0, 2), Act("cancel", 0, 0, 3), Act("close", 0, 0), Act("leave", 0, 1)),
]


def live(city: City, name: str, trouble: Trouble | None) -> None:
    """Two visits of one card; one service is struck in a large batch of both, the next owner reads it bit by bit."""
    for act in BEFORE:
        city.topics.say(said(act))
    for other in NAMES * 4:
        city.deliver(other)
    for act in AMID:
        city.topics.say(said(act))
    for other in NAMES[: NAMES.index(name)]:
        city.deliver(other)
    city.deliver(name, EVERYTHING, trouble)
    for _ in range(8):
        city.deliver(name, 1)
    for act in AFTER:
        city.topics.say(said(act))
    for other in NAMES * 2:
        city.deliver(other)
        city.tick(other)
    city.settle()


def come_home(city: City, trouble: Trouble | None) -> None:
    """While its terminal is unknown a request is set aside; known, it is replayed, with other requests after it."""
    city.topics.say(said(BEFORE[0]))
    city.reference = replace(REFERENCE, terminals=Dated())
    city.processes["intake"] = city.begin("intake")
    city.deliver("intake")
    city.reference = REFERENCE
    city.processes["intake"] = city.begin("intake")
    [letter] = city.letters("intake")
    assert city.run(ask_replay(city.services["intake"], city.stores["intake"], letter.id))
    city.tick("intake", trouble)
    for act in BEFORE[1:]:
        city.topics.say(said(act))
    city.deliver("intake")
    city.settle()


def is_home(city: City) -> None:
    log = [one for record in city.topics.all("onecard.events") if isinstance(one := read(record), Envelope)]
    assert {made(act)[1] for act in BEFORE} <= {one.id for one in log}
    assert not city.letters("intake")


@pytest.fixture
def cities() -> Iterator[Callable[[], City]]:
    """Makes cities, and takes them down."""
    with ExitStack() as all:
        yield lambda: all.enter_context(closing(City(SERVICES, ARCHIVE, REFERENCE)))


@pytest.mark.parametrize("kind", ["crash", "refuse", "sleep"])
@pytest.mark.parametrize("name", NAMES)
def test_a_trouble_at_any_point_changes_nothing(name: str, kind: Any, cities: Callable[[], City]) -> None:
    struck = 0
    for at in range(1, 8):
        city = cities()
        live(city, name, Trouble(kind, at))
        city.check()
        struck += city.struck
    assert struck >= 3


@pytest.mark.parametrize("kind", ["crash", "refuse", "sleep"])
def test_a_dead_letter_comes_home_whatever_happens_on_its_way(kind: Any, cities: Callable[[], City]) -> None:
    for at in range(24):
        city = cities()
        come_home(city, Trouble(kind, at))
        is_home(city)


def test_what_an_owner_saved_is_said_by_one_that_can_not_read_the_record(cities: Callable[[], City]) -> None:
    """New reference data reaches one process after the other: the dead one may have known more than its heir."""
    for at in range(8):
        city = cities()
        city.topics.say(said(BEFORE[0]))
        city.deliver("intake", EVERYTHING, Trouble("crash", at))
        city.reference = replace(REFERENCE, terminals=Dated())
        city.processes["intake"] = city.begin("intake")
        city.deliver("intake")
        city.reference = REFERENCE
        city.processes["intake"] = city.begin("intake")
        for act in BEFORE[1:]:
            city.topics.say(said(act))
        city.deliver("intake")
        for letter in city.letters("intake"):
            city.run(ask_replay(city.services["intake"], city.stores["intake"], letter.id))
        city.settle()
        is_home(city)


def test_a_dead_letter_that_meets_other_bytes_under_its_id_is_open_again(cities: Callable[[], City]) -> None:
    city = cities()
    city.topics.say(said(BEFORE[0]))
    city.reference = replace(REFERENCE, terminals=Dated())
    city.processes["intake"] = city.begin("intake")
    city.deliver("intake")
    city.reference = REFERENCE
    city.processes["intake"] = city.begin("intake")
    city.topics.say(said(BEFORE[0], 1))
    city.deliver("intake")
    [letter] = city.letters("intake")
    city.run(ask_replay(city.services["intake"], city.stores["intake"], letter.id))
    city.tick("intake")
    assert [(again.id, again.cause) for again in city.letters("intake")] == [(letter.id, "other_bytes")]


def test_a_dead_letter_whose_replay_meets_an_owner_that_can_not_read_it_is_open_again(
    cities: Callable[[], City],
) -> None:
    for at in range(12):
        city = cities()
        city.topics.say(said(BEFORE[0]))
        for trouble, knows in ((None, False), (Trouble("crash", at), True), (None, False)):
            city.reference = REFERENCE if knows else replace(REFERENCE, terminals=Dated())
            city.processes["intake"] = city.begin("intake")
            for letter in city.letters("intake") if knows else []:
                city.run(ask_replay(city.services["intake"], city.stores["intake"], letter.id))
            city.deliver("intake")
            city.tick("intake", trouble)
        city.reference = REFERENCE
        for letter in city.letters("intake"):
            city.run(ask_replay(city.services["intake"], city.stores["intake"], letter.id))
        for act in BEFORE[1:]:
            city.topics.say(said(act))
        city.settle()
        is_home(city)


def test_a_version_nobody_can_read_yet_stays_parked_when_it_is_replayed(cities: Callable[[], City]) -> None:
    city = cities()
    later = said(BEFORE[0])._replace(topic="onecard.events", type="onecard.edge.registration-requested.v2")
    city.topics.say(later)
    city.deliver("registration")
    city.mend()
    city.tick("registration")
    [kept] = city.streams("registration").values()
    assert [(pointer.id, kept.replaying) for pointer in kept.parked] == [(later.id, False)]
