"""A parked record that an operator gives up: said once whatever happens on the way, and passed over ever after."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deploy.http import in_path
from services.records.service import ARCHIVE
from shared.adapters.memory import MemoryStore
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.envelope import Envelope, read
from shared.given_up import GivenUp
from shared.operations import operations
from shared.runtime import dead_letters
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.documents import Kept
from shared.runtime.fold import PassedOver, passed_over
from shared.runtime.log import Place
from shared.runtime.parking import ask_refusal
from shared.runtime.rebuild import rebuild
from tests.laws.strategies import REFERENCE, Act, made, said
from tests.laws.test_deciders import SERVICES
from tests.support.checked import checked, evidence, recompute
from tests.support.city import City
from tests.support.process import Trouble

BY_NAME = {service.name: service for service in SERVICES}
WHY = GivenUp("sent twice by a broken kiosk", "W7")
FIRST, SECOND = Act("register", 0, 0), Act("register", 0, 1)
TYPE = "onecard.registration.record-given-up.v1"


@pytest.fixture
def city() -> Iterator[City]:
    """registration broke on one registration, and another of the same card waits behind it."""
    city = City(SERVICES, ARCHIVE, REFERENCE)
    city.broken["registration"].add("RegistrationRequested")
    for act in (FIRST, SECOND):
        city.topics.say(said(act))
    for name in city.names * 2:
        city.deliver(name)
    city.broken["registration"].clear()
    yield city
    city.close()


def stream(city: City) -> Kept[Any]:
    [kept] = city.streams("registration").values()
    return kept


def give_up(city: City, trouble: Trouble | None = None) -> None:
    asked = city.run(ask_refusal(city.services["registration"], city.stores["registration"], stream(city).id, WHY))
    assert asked is not None
    city.tick("registration", trouble)
    city.settle()


def log(city: City) -> list[Envelope]:
    return [one for record in city.topics.all("onecard.events") if isinstance(one := read(record), Envelope)]


def test_its_owner_says_which_record_and_why(city: City) -> None:
    give_up(city)
    [fact] = {one.id: one for one in log(city) if one.type == TYPE}.values()
    assert (fact.causation, WHY.reason in fact.body.decode(), WHY.operator in fact.body.decode()) == (
        made(FIRST)[1], True, True,
    )  # fmt: skip


def test_what_waited_behind_it_is_handled(city: City) -> None:
    give_up(city)
    assert (stream(city).parked, made(SECOND)[1] in {one.causation for one in log(city)}) == ((), True)


@pytest.mark.parametrize("kind", ["crash", "refuse", "sleep"])
def test_whatever_happens_on_the_way_it_is_said_under_one_id(city: City, kind: Any) -> None:
    before = {place: list(records) for place, records in city.topics.records.items()}
    stores = {name: store.snapshot() for name, store in city.stores.items()}
    committed = dict(city.topics.committed)
    for at in range(14):
        city.topics.records.clear()
        city.topics.records |= {place: list(records) for place, records in before.items()}
        city.topics.committed = dict(committed)
        for name, store in city.stores.items():
            store.restore(stores[name])
            city.processes[name] = city.begin(name)
        give_up(city, Trouble(kind, at))
        facts = {one.id for one in log(city) if one.causation == made(FIRST)[1]}
        assert (len(facts), stream(city).parked) == (1, ()), at


def test_a_late_copy_of_it_says_nothing(city: City) -> None:
    give_up(city)
    before = {one.id for one in log(city)}
    id = ("ce_id", made(FIRST)[1].encode())
    [record] = [one for one in city.topics.all("onecard.events") if id in one.headers]
    city.topics.append("onecard.events", record.key, record.value, record.headers)
    city.settle()
    assert {one.id for one in log(city)} == before


def test_a_check_lists_it_and_finds_nothing_wrong(city: City) -> None:
    give_up(city)
    result = checked(evidence(city.left()))
    assert ([one.code for one in result.wrong], [one.events[0] for one in result.given_up]) == ([], [made(FIRST)[1]])


def test_recomputing_passes_it_over(city: City) -> None:
    give_up(city)
    result = recompute(evidence(city.left()), [one for one in SERVICES if one.says and not one.admits], REFERENCE)
    assert result.wrong == []


def test_a_rebuilt_store_passes_it_over(city: City) -> None:
    give_up(city)
    found, service = evidence(city.left()), BY_NAME["registration"]
    committed = {p: found.topics.committed.get((service.name, p), 0) for p in found.topics.places(service.source)}
    there = SqliteElsewhere(Path(":memory:"))

    async def again() -> MemoryStore:
        with pytest.raises(PassedOver):
            await rebuild(service, found.log, MemoryStore(), REFERENCE, committed=committed, elsewhere=there)
        ends = {Place(service.source, at): end for at, end in (await found.log.ends(service.source)).items()}
        passed = await passed_over(service, found.log, ends)
        store = MemoryStore()
        await rebuild(service, found.log, store, REFERENCE, committed=committed, elsewhere=there, passed=passed)
        return store

    live = stream(city).stream
    city.stores["registration"] = asyncio.run(again())
    assert stream(city).stream == live


def unproven(city: City) -> DeadLetter:
    """A request nobody signed, which intake has set aside."""
    city.topics.say(said(FIRST)._replace(signature="", id=made(SECOND)[1][:-1] + "f"))
    city.settle()
    [letter] = city.letters("intake")
    return letter


def operated(city: City, name: str, what: str, id: str, **asked: str) -> int:
    """What one service answers its operator."""
    app = FastAPI()
    app.include_router(operations(city.services.get(name, ARCHIVE), city.stores[name]))

    async def answered() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as asking:
            return (await asking.post(f"/operations/{what}/{in_path(id)}", json=asked)).status_code

    status: int = city.run(answered())
    return status


def test_a_dead_letter_that_is_given_up_is_open_no_more(city: City) -> None:
    letter = unproven(city)
    assert operated(city, "intake", "refuse", letter.id, **WHY._asdict()) == 202
    [gone] = city.run(dead_letters.standing(city.stores["intake"], "given_up", 10))
    assert (city.letters("intake"), gone.reason) == ([], WHY.reason)


def test_a_dead_letter_that_is_given_up_is_not_brought_back_by_a_replay(city: City) -> None:
    letter = unproven(city)
    operated(city, "intake", "refuse", letter.id, **WHY._asdict())
    assert operated(city, "intake", "replay", letter.id) == 404
    city.settle()
    assert city.letters("intake") == []


def test_a_check_lists_a_dead_letter_that_is_given_up_and_finds_nothing_wrong(city: City) -> None:
    letter = unproven(city)
    operated(city, "intake", "refuse", letter.id, **WHY._asdict())
    result = checked(evidence(city.left()))
    [gone] = result.given_up
    assert (result.status, result.wrong, gone.service, f"{gone.detail}/{gone.partition}/{gone.offset}") == (
        0, [], "intake", letter.id,
    )  # fmt: skip


def test_a_record_nobody_can_read_waits_until_all_who_set_it_aside_give_it_up(city: City) -> None:
    city.topics.append("onecard.events", b"k", b"\xff", [])
    city.settle()
    having = [(name, letter.id) for name in city.names for letter in city.letters(name)]
    statuses = [checked(evidence(city.left())).status]
    for name, id in having:
        operated(city, name, "refuse", id, **WHY._asdict())
        statuses.append(checked(evidence(city.left())).status)
    assert (len(having) > 2, statuses) == (True, [*[3] * len(having), 0])
