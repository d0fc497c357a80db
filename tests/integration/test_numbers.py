"""Everybody registers at once, some twice and thrice, and queues and registration are killed midway.

Numbers stay unique and gap-free, no session gets more than its capacity, and everybody is answered once.

ONECARD_REGISTRATIONS makes the crowd larger (`make numbers`: 10,000).
"""

from __future__ import annotations

import asyncio
import math
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from deploy.check import Result
from deploy.demo.city import BOOKED_OUT, EMERGENCY, NUMBERS, SESSIONS, size
from deploy.edges import signed
from shared.envelope import Envelope, read
from shared.events import TYPES, AnyEvent
from shared.events.base import SHANGHAI, Visit, Where, queue_key
from shared.events.edge import RegistrationRequested
from shared.events.queues import TicketIssued
from shared.events.registration import RegistrationRefused, VisitRegistered
from shared.uuid7 import uuid7
from tests.support.town import SPANS, Town, assert_clean, town

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800), pytest.mark.asyncio(loop_scope="module")]

CROWD = int(os.environ.get("ONECARD_REGISTRATIONS", "400"))
CAPACITY = NUMBERS["hospital"]
PLACES = math.ceil(CROWD * 0.9 / CAPACITY)
"""So many queues that a tenth of the crowd finds its session full."""


@dataclass(frozen=True)
class Rush:
    """What was asked, by queue and by request, all that was said for it, and what the check found."""

    wanted: Counter[str]
    asked: dict[str, str]
    said: Sequence[AnyEvent]
    found: Result

    def of(self, *kinds: type[AnyEvent]) -> list[Any]:
        return [one for one in self.said if isinstance(one, kinds)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rush(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rush]:
    async with town(tmp_path_factory.mktemp("numbers"), spans={**SPANS, "ask": 600.0}) as here:
        envelopes = list(requests(here))
        wanted = Counter(queue for _, queue in envelopes)
        many = [one for one, _ in envelopes for _ in range(Random(one.id).choice((1, 1, 2, 3)))]
        Random(1).shuffle(many)
        half = len(many) // 2
        await here.edges.publish(many[:half])
        await half_way(here, CROWD // 8)
        for name in ("queues", "registration"):
            here.local.processes.kill(f"{name}-1")
        await here.edges.publish(many[half:])
        for name in ("queues", "registration"):
            await here.local.processes.start(f"{name}-1")
        await here.at_rest(seconds=1200)
        said = [one for record in await here.records() if isinstance(one := read(record), Envelope)]
        yield Rush(
            wanted, {one.id: queue for one, queue in envelopes}, list(known(said)), await here.check(recompute=True)
        )


def requests(here: Town) -> list[tuple[Envelope, str]]:
    """Everybody's registration, and its queue."""
    now, chance = datetime.now(SHANGHAI), Random(7)
    places = [
        (place.code, department, session)
        for place in here.city.institutions
        for department in here.city.departments[place.code]
        for session in SESSIONS
        if size(place) == "hospital" and department != EMERGENCY and (department, session) != BOOKED_OUT
    ]
    found = []
    for n in range(CROWD):
        institution, department, session = places[n % PLACES]
        kiosk = here.city.terminals[institution]["kiosk"][0].code
        id = uuid7()
        request = RegistrationRequested(
            card=f"{chance.getrandbits(256):064x}",
            visit=Visit(id=id, date=now.date()),
            where=Where(institution=institution, terminal=kiosk, channel="kiosk"),
            good_until=now + timedelta(hours=1),
            kind="outpatient",
            department=department,
            session="morning" if session == "morning" else "afternoon",
            date=now.date(),
        )
        envelope = signed(request, here.city.terminal_key(kiosk), id=id, at=now)
        found.append((envelope, queue_key(institution, department, session, now.date())))
    return found


async def half_way(here: Town, tickets: int) -> None:
    """Until so many facts are on the topic of queues: the kill must hit live work."""
    async with asyncio.timeout(300):
        while sum((await here.ends("onecard.queues")).values()) < tickets:
            await asyncio.sleep(0.05)


def known(said: Sequence[Envelope]) -> list[AnyEvent]:
    """The first copy of everything, knowing its cause."""
    first = {one.id: one for one in reversed(said)}
    return [
        TYPES[one.type].model_validate_json(one.body).known(one.id, one.happened, one.log_time, one.causation)
        for one in first.values()
    ]


async def test_every_registration_has_exactly_one_answer(rush: Rush) -> None:
    answers = Counter(one.causation for one in rush.of(VisitRegistered, RegistrationRefused))
    assert answers == Counter(rush.asked.keys())


async def test_the_numbers_of_every_queue_are_unique_and_gap_free(rush: Rush) -> None:
    numbers: dict[str, list[int]] = defaultdict(list)
    for one in rush.of(TicketIssued):
        numbers[one.queue].append(one.number)
    assert {queue: sorted(found) for queue, found in numbers.items()} == {
        queue: list(range(1, min(count, CAPACITY) + 1)) for queue, count in rush.wanted.items()
    }


async def test_a_visit_has_the_number_its_queue_gave_it(rush: Rush) -> None:
    given = {(one.card, one.visit.id): one.number for one in rush.of(TicketIssued) if isinstance(one, TicketIssued)}
    told = {
        (one.card, one.visit.id): one.ticket for one in rush.of(VisitRegistered) if isinstance(one, VisitRegistered)
    }
    assert told == given


async def test_who_found_the_session_full_is_refused_with_that_code(rush: Rush) -> None:
    refused = Counter(one.code for one in rush.of(RegistrationRefused))
    assert refused == {"session_full": sum(max(count - CAPACITY, 0) for count in rush.wanted.values())}


async def test_the_check_finds_nothing_wrong(rush: Rush) -> None:
    assert_clean(rush.found)
