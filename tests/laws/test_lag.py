"""Lag does no harm: whichever service is behind for how long, less than a done act is held, the archive is the same.

Asks are left out where a person may have gone away meanwhile; whoever asks again gets the answer.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json

from services.records.service import ARCHIVE
from shared.envelope import Envelope, read
from shared.events import TYPES
from shared.reference.data import Dated
from tests.laws.checkup_acts import CHECKUP
from tests.laws.strategies import EPOCH, REFERENCE, WAYS, Act, said
from tests.laws.test_deciders import SERVICES
from tests.support.city import City

LONG = os.environ.get("LAWS") == "long"
laws = settings(max_examples=500 if LONG else 40, deadline=None, derandomize=not LONG)

STEP_MS = 10 * 60_000
"""Between two acts: far more than an ask is usually held, and a whole story far less than a done act is."""
# An alarm that nobody may read in time is a matter of its own, and so is an outpatient who waits for a number.
SLOW_ALARMS = replace(REFERENCE, spans=Dated.of((span, EPOCH, timedelta(days=2)) for span in ("critical", "ask")))
LAGGING = [service.name for service in SERVICES]
CROSSING = ("leave", "cancel", "close", "go home")
OF_AN_ASK = ("pickup-released", "pickup-refused", "close-refused", "registration-refused", "request-held")
NOT_COMPARED = ("good_until", "card", "visit", "where")
USUAL, CHECKED_UP = (
    [Act(verb, 0, 0, *how) for verb, *how in way if verb not in CROSSING] for way in (WAYS[0], CHECKUP)
)


class Lag(NamedTuple):
    """One service hears nothing from one act on, for so many acts."""

    service: str
    begins: int
    lasts: int

    def holds(self, service: str, n: int) -> bool:
        return service == self.service and self.begins <= n < self.begins + self.lasts


NO_LAG = Lag("", 0, 0)
LAGS = st.builds(Lag, st.sampled_from(LAGGING), st.integers(0, 14), st.integers(1, 20))


@st.composite
def stories(draw: st.DrawFn) -> list[Act]:
    """A visit or two as they should go, some acts out of turn, and nothing that another act could cross."""
    usual = draw(st.sampled_from([USUAL, CHECKED_UP]))
    story, verbs = [*usual], [act.verb for act in usual]
    for _ in range(draw(st.integers(0, 4))):
        verb, card, visit = draw(st.sampled_from(verbs)), draw(st.integers(0, 1)), draw(st.integers(0, 1))
        # A prescription that is returned takes its charges back, which a payment may cross.
        wrong = draw(st.sampled_from([0, 0, 1])) if verb != "review" else 0
        act = Act(verb, card, visit, draw(st.integers(0, 1)), wrong)
        story.insert(draw(st.integers(0, len(story))), act)
    return story


@given(stories(), LAGS)
@laws
def test_lag_changes_nothing_in_the_archive(story: list[Act], lag: Lag) -> None:
    assert lived(story, lag) == lived(story, NO_LAG)


@given(LAGS, st.booleans())
@laws
def test_a_cancelled_visit_ends_in_one_of_its_two_ways(lag: Lag, consulted_first: bool) -> None:
    crossing = [Act("consult"), Act("leave")] if consulted_first else [Act("leave"), Act("consult")]
    ended = {name for name, *_ in lived([Act("register"), *crossing], lag)}
    assert ("consultation-accepted" in ended) != ("visit-cancelled" in ended)


def test_more_lag_than_a_done_act_is_held_does_harm() -> None:
    too_long, seldom_ms = Lag("consultation", 3, 20), 30 * STEP_MS
    assert lived(USUAL, too_long, seldom_ms) != lived(USUAL, NO_LAG, seldom_ms)


def lived(story: list[Act], lag: Lag, step_ms: int = STEP_MS) -> Counter[tuple[str, str]]:
    """What the archive has of a story, but for ids and times and the answers to asks."""
    city = City(SERVICES, ARCHIVE, SLOW_ALARMS)
    try:
        for n, act in enumerate(story):
            city.topics.say(said(act))
            flow(city, [name for name in city.names if not lag.holds(name, n)])
            city.now += step_ms
        city.settle()
        log = [one for record in city.topics.all("onecard.events") if isinstance(one := read(record), Envelope)]
        return Counter(_content(one) for one in log if _counts(one))
    finally:
        city.close()


def flow(city: City, names: list[str]) -> None:
    """All of these hear everything, until none of them has anything to say."""
    before = -1
    while before != (before := sum(map(len, city.topics.records.values()))):
        for name in names:
            city.deliver(name)
            city.tick(name)


def _counts(one: Envelope) -> bool:
    event = TYPES[one.type]
    return event.ARCHIVED and one.type.split(".")[2] not in OF_AN_ASK


def _content(one: Envelope) -> tuple[str, str]:
    body = {name: value for name, value in from_json(one.body).items() if name not in NOT_COMPARED}
    return one.type.split(".")[2], repr(sorted((name, value) for name, value in body.items()))
