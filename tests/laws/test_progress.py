"""How far behind an owner says it is: to the record, and to the second, whatever it has in hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from shared.envelope import Record
from shared.runtime.log import Place
from shared.runtime.progress import Behind, Progress

TOPIC = "onecard.events"
HERE = Place(TOPIC, 0)
NOW = 1000.0


def record(offset: int, at: float, partition: int = 0) -> Record:
    return Record(TOPIC, partition, offset, int(at * 1000), b"c", b"{}", ())


def progress(*, lag: int = 0, handled: float = 0, **held: tuple[Record, ...]) -> Any:
    owner = SimpleNamespace(**{"hand": (), "ahead": (), "again": ()} | held, handled_ms={HERE: int(handled * 1000)})
    log = SimpleNamespace(lag=lambda: {HERE: lag})
    return Progress(owner, log, clock=lambda: NOW)  # type: ignore[arg-type]  # Only what it looks at.


def test_who_has_handled_everything_is_not_behind() -> None:
    assert progress(handled=900).look() == {HERE: Behind(0, 0.0)}


def test_what_is_in_hand_is_not_handled_yet() -> None:
    assert progress(hand=(record(1, 990), record(2, 991))).look() == {HERE: Behind(2, 10.0)}


def test_what_was_read_ahead_is_not_handled_yet() -> None:
    assert progress(hand=(record(1, 990),), ahead=(record(2, 991),)).look() == {HERE: Behind(2, 10.0)}


def test_what_is_read_again_is_as_old_as_it_is() -> None:
    assert progress(lag=2, again=(record(1, 400), record(2, 991))).look() == {HERE: Behind(2, 600.0)}


def test_what_is_still_to_come_is_no_older_than_what_was_handled_last() -> None:
    looks = progress(lag=3, handled=990)
    looks._since = {HERE: 100.0}
    assert looks.look() == {HERE: Behind(3, 10.0)}


def test_a_first_record_after_long_silence_is_new() -> None:
    assert progress(lag=1, handled=10).look() == {HERE: Behind(1, 0.0)}


def test_what_nobody_reads_grows_old() -> None:
    looks = progress(lag=1)
    looks.look()
    looks.clock = lambda: NOW + 60
    assert looks.look() == {HERE: Behind(1, 60.0)}
