"""What has a visit is in its trace; what has none, in that of the request it began with: the same in every process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from services.records.service import ARCHIVE
from shared.envelope import Envelope, read
from shared.runtime.spans import trace_of
from shared.runtime.telemetry import Telemetry
from shared.trace import root, sampled, trace_id
from tests.laws.strategies import REFERENCE
from tests.support.city import City
from tests.support.hall import EVENTS, QUEUES, SERVICES, Want, asked, spoken
from tests.support.process import Trouble

STORY = [*(Want("place", card, n) for card in range(5) for n in range(3)), *(Want("next", 0, n) for n in range(4))]
STORY += [Want("join", card) for card in range(5)]


def lived(ratio: float, monkeypatch: pytest.MonkeyPatch, trouble: Trouble | None = None) -> list[Envelope]:
    """All that is on the two topics after a story, told by services that sample so much."""

    def watched(name: str) -> Telemetry:
        telemetry = Telemetry(name)
        telemetry.out, telemetry.ratio, telemetry.spans.ratio = (
            type("Quiet", (), {"warning": _no, "error": _no})(),
            ratio,
            0,
        )
        return telemetry

    monkeypatch.setattr("tests.support.process.quiet", watched)
    city = City(SERVICES, ARCHIVE, REFERENCE)
    try:
        for want in STORY:
            city.topics.say(asked(want))
        for name in city.names * 2:
            city.deliver(name, trouble=trouble if name == "hall" else None)
        city.settle()
        records = (*city.topics.all(EVENTS), *city.topics.all(QUEUES))
        return [one for record in records if isinstance(one := read(record), Envelope)]
    finally:
        city.close()


def _no(*_: Any, **__: Any) -> None: ...


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    with spoken():
        yield


def begun_by(one: Envelope, all: dict[str, Envelope]) -> str:
    """The id it is to be traced under, found the long way: from cause to cause until one has a visit or is a request. A
    deadline of a queue is under the id of what set it."""
    while not one.subject and one.causation:
        if one.type == "onecard.hall.queue-deadline-passed.v1":
            return one.causation
        one = all[one.causation]
    return root(one.subject, one.id, one.causation)


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
def test_every_fact_is_in_the_trace_of_what_it_began_with(ratio: float, monkeypatch: pytest.MonkeyPatch) -> None:
    log = lived(ratio, monkeypatch)
    all = {one.id: one for one in log}
    for one in log:
        under = begun_by(one, all)
        if one.causation:
            assert trace_of(one, ratio) == (trace_id(under) if sampled(under, ratio) else ""), one.type


def test_a_crash_changes_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    calm = {one.id: one.trace for one in lived(1.0, monkeypatch)}
    for at in range(2, 14, 3):
        assert {one.id: one.trace for one in lived(1.0, monkeypatch, Trouble("crash", at))} == calm
