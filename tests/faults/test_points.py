"""Whoever a fault may end at a point comes by it: in a city in memory, where every service has work."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, cast

import pytest

from services.records.service import ARCHIVE
from shared import app
from shared.adapters.memory import MemoryStore
from shared.envelope import Envelope
from shared.events import SERVICES
from shared.runtime.store import Document
from tests.faults.on_services import ASKING, who_come_by
from tests.faults.struck import points
from tests.faults.struck.points import POINTS, Orders
from tests.laws.strategies import said
from tests.simulation.moves import Say
from tests.simulation.schedule import schedule
from tests.support.by_call import CityByCall, Fickle
from tests.support.oracle import at_once
from tests.support.process import LogPort, Trouble

SEEDS = 3


class Passed(Orders):
    """Notes who comes by which point, and has nobody struck."""

    def __init__(self) -> None:
        self.service, self.replaying = "", False
        self.by = set[tuple[str, str]]()

    def due(self, point: str) -> str:
        self.by.add((self.service, point))
        return ""


def opened(name: str) -> MemoryStore:
    """A store as a process opens it, with whatever stands there in its place."""
    return cast("MemoryStore", vars(app)["open_store"]("memory:", name))


class Watched(CityByCall):
    """A city whose stores are opened as processes open theirs, and whose insurer's own process says the answers."""

    def __init__(self, passed: Passed) -> None:
        self.passed = passed
        super().__init__(Fickle())

    def opened(self, name: str) -> MemoryStore:
        return opened(name)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        [asking] = ASKING
        await self.processes[asking].log.publish(envelopes)

    def _do(self, name: str, work: Coroutine[Any, Any, None], trouble: Trouble | None) -> None:
        self.passed.service = name
        super()._do(name, work, trouble)


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Passed:
    """The points are in place, on a log in memory, until the test ends."""

    def in_place_of(owner: Any, name: str, make: Any) -> None:
        monkeypatch.setattr(owner, name, make(getattr(owner, name)))

    monkeypatch.setattr(points, "in_place_of", in_place_of)
    monkeypatch.setattr(points, "KafkaLog", LogPort)
    found = Passed()
    points.install(found)
    return found


def test_every_service_comes_by_every_point_it_may_be_ended_at(passed: Passed) -> None:
    for seed in range(SEEDS):
        live(Watched(passed), seed)
    assert set(struck()) - passed.by == set()


def test_what_is_written_to_a_journal_is_no_point(passed: Passed) -> None:
    [journal, *_] = ARCHIVE.journal
    store = opened(f"{ARCHIVE.name}_journal")
    at_once(store.open(ARCHIVE.journal))
    at_once(store.insert(journal.name, [Document("a read", 1, b"{}", {})]))
    assert passed.by == set()


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_is_left_out_around_any_step_that_it_has(service: str) -> None:
    """`killed at: load` and the others draw among all who have such a step: only a view and the archive say nothing."""
    silent = service in ("records", "guide")
    loads = service != "records"
    found = {point for point in POINTS if service in who_come_by(point, by_call=True)} - {"publish half-way"}
    saying, loading = {"before publish", "publish"}, {"load", "step"}
    assert found == set(POINTS) - {"publish half-way"} - (saying if silent else set()) - (set() if loads else loading)


def struck() -> Iterator[tuple[str, str]]:
    """Every service and point that may be drawn."""
    for point in POINTS:
        yield from ((service, point) for service in who_come_by(point, by_call=True))


def live(city: Watched, seed: int) -> None:
    """Visits, stays, check-ups and lives of cards, to their ends."""
    for number, move in enumerate(move for move in schedule(seed).moves if isinstance(move, Say)):
        city.topics.say(said(move.act, move.late))
        for name in city.names if number % 5 == 0 else ():
            city.deliver(name)
    city.settle()
    city.close()
