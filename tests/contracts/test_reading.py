"""Reading is total, and the quick way of reading says exactly what the careful one does."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.envelope import _ORDER, Record, _read_carefully, headers, read
from tests.laws.strategies import acts, said

NAMES = st.sampled_from([*_ORDER, "", "x-own", "CE_ID", "x-\udcff"])
ODD = (
    b"",
    b"\xff",
    b"\n",
    b"a\nb",
    b"1.0",
    b"application/json; charset=utf-8",
    b"2026-11-24T09:00:00+08:00",
    b"2026-99-24T09:00:00Z",
)
VALUES = st.none() | st.sampled_from(ODD) | st.binary(max_size=40) | st.text(max_size=40).map(str.encode)
KEYS = st.none() | st.sampled_from([b"", b"\xff", b"c" * 64]) | st.binary(max_size=8)


def record(key: bytes | None, value: bytes | None, heads: Any) -> Record:
    return Record("onecard.events", 3, 7, 1_795_000_000_000, key, value, heads)


@given(KEYS, st.none() | st.binary(max_size=20), st.lists(st.tuples(NAMES, VALUES), max_size=14))
def test_any_bytes_are_read_as_the_careful_way_reads_them(key: Any, value: Any, heads: Any) -> None:
    anything = record(key, value, heads)
    assert read(anything) == _read_carefully(anything)


@given(acts(), st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["drop", "twice", "spoil"]), VALUES), max_size=3))
def test_a_nearly_right_record_is_read_as_the_careful_way_reads_it(act: Any, changes: Any) -> None:
    heads: list[tuple[str, bytes | None]] = [*headers(said(act))]
    for at, how, value in changes:
        place = at % len(heads)
        match how:
            case "drop" if len(heads) > 1:
                del heads[place]
            case "twice":
                heads.append((heads[place][0], value))
            case _:
                heads[place] = heads[place][0], value
    nearly = record(b"c" * 64, b"{}", heads)
    assert read(nearly) == _read_carefully(nearly)


@given(acts())
def test_what_was_written_is_read_again(act: Any) -> None:
    envelope = said(act)
    written = record(envelope.key.encode(), envelope.body, headers(envelope))
    assert read(written) == envelope._replace(topic=written.topic, partition=3, offset=7, time_ms=written.time_ms)
