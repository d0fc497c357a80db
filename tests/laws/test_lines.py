"""Every line about an event says which, of which visit, and where on the log; none says what it says or whose it is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.envelope import Record
from shared.runtime import dead_letters
from shared.runtime.log import LogUnavailable, Place
from shared.runtime.reading import Item
from shared.runtime.telemetry import Telemetry
from tests.support.archived import logged, record, use
from tests.support.spec import CARD

ENVELOPE = logged(use(), 7)
PLACE = {"topic": "onecard.events", "partition": 0, "offset": 7}
NAMED = {"event_id": ENVELOPE.id, "type": ENVELOPE.type, "trace_id": ENVELOPE.subject.replace("-", ""), **PLACE}
ITEM = Item(record(ENVELOPE), Place("onecard.events", 0), ENVELOPE, None, "")


class Lines:
    """Keeps what would be printed."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def warning(self, event: str, **fields: Any) -> None:
        self.said.append({"event": event, **fields})

    error = info = warning


def telemetry(ratio: float = 0.0) -> tuple[Telemetry, Lines]:
    made, lines = Telemetry("lab", ratio), Lines()
    made.out = lines
    return made, lines


def an_error() -> KeyError:
    try:
        raise KeyError(CARD)
    except KeyError as error:
        return error


@pytest.mark.parametrize("act", ["parked", "replay_failed"])
def test_an_event_that_breaks_a_decider_is_named_and_so_is_the_place_in_the_code(act: str) -> None:
    here, lines = telemetry()
    getattr(here, act)(ITEM, an_error())
    [line] = lines.said
    assert (NAMED.items() <= line.items(), line["cause"], "test_lines.py" in line["bug"]) == (True, "KeyError", True)


def test_a_sampled_visits_line_leads_to_its_span() -> None:
    here, lines = telemetry(1.0)
    here.parked(ITEM, "unknown_version")
    assert len(lines.said[0]["span_id"]) == 16


def test_a_record_set_aside_is_named_as_far_as_it_can_be_read() -> None:
    here, lines = telemetry()
    readable, unreadable = record(ENVELOPE), Record("onecard.events", 0, 8, 1, b"nobody", b"{", ())
    letters = [dead_letters.of(one, "wrong_shape") for one in (readable, unreadable)]
    here.handled([], letters, [readable, unreadable], here.now())
    assert [line.get("event_id") for line in lines.said] == [ENVELOPE.id, None]
    assert [line["offset"] for line in lines.said] == [7, 8]


def test_a_type_that_nobody_proved_is_not_repeated() -> None:
    here, lines = telemetry()
    here.parked(replace(ITEM, envelope=ENVELOPE._replace(type="a.name.and.a.number")), "unknown_version")
    assert "type" not in lines.said[0]


def test_a_batch_given_back_is_named_by_its_offsets() -> None:
    here, lines = telemetry()
    here.rewound(LogUnavailable("away"), 0.1, {Place("onecard.events", 3): 17})
    assert lines.said[0]["offsets"] == {"onecard.events/3": 17}


def test_no_line_knows_the_card() -> None:
    here, lines = telemetry(1.0)
    here.parked(ITEM, an_error())
    here.replay_failed(ITEM, an_error())
    here.handled([], [dead_letters.of(record(ENVELOPE), "wrong_shape")], [record(ENVELOPE)], here.now())
    assert CARD not in json.dumps(lines.said)
