"""What a record is keyed on: cards and queues never meet, and a key says what it is of."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from shared.events import CardEvent, Event, QueueEvent
from shared.events.base import CardKeyText, Code, QueueKey, queue_key, ward_key
from shared.events.frames import read_frame
from shared.events.queue_key import Queue, queue_of
from tests.support.spec import ABOUT, CARD, QUEUE, VISIT, WHERE

KEY, CARD_KEY, CODE = TypeAdapter[str](QueueKey), TypeAdapter[str](CardKeyText), TypeAdapter[str](Code)
CODES = st.from_regex(re.compile(r"^[A-Za-z0-9._:/-]{1,64}\Z"))
PARTS = st.tuples(CODES, CODES, CODES, st.dates())
WARDS = st.tuples(CODES, CODES)


@given(PARTS)
def test_the_key_of_a_queue_is_read_back(parts: Any) -> None:
    assert queue_of(KEY.validate_python(queue_key(*parts))) == Queue(*parts)


@given(WARDS)
def test_the_key_of_a_ward_is_read_back(parts: Any) -> None:
    assert queue_of(KEY.validate_python(ward_key(*parts))) == Queue(*parts)


@given(PARTS, WARDS)
def test_no_key_of_a_queue_or_ward_is_one_of_a_card_or_parts_a_documents_id(queue: Any, ward: Any) -> None:
    for key in (queue_key(*queue), ward_key(*ward)):
        assert "/" not in key
        assert not re.fullmatch("[0-9a-f]{64}", key)


@pytest.mark.parametrize(
    "text",
    [
        "", CARD, "queue", "queue:H01:D01:morning", "queue:H01:D01:morning:today", "queue:H01::morning:2026-11-24",
        "queue:H01:D01:morning:2026-02-30",
        "ward:H01", "ward:H01:W%20", "ward:H01:W/1", "ward:H01:W1:X", "ward:H01:W1\n",
    ],
)  # fmt: skip
def test_what_is_no_key_of_a_queue_or_ward_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        KEY.validate_python(text)


@pytest.mark.parametrize(
    ("made", "key", "subject"),
    [
        (Event(card=CARD, visit=VISIT, where=WHERE), CARD, VISIT.id),
        (CardEvent(card=CARD, where=WHERE), CARD, ""),
        (QueueEvent(queue=QUEUE, where=WHERE), QUEUE, ""),
    ],
)
def test_every_kind_of_event_has_its_key_and_subject_and_is_read_back(made: Any, key: str, subject: str) -> None:
    assert (made.key, made.subject) == (key, subject)
    assert read_frame(key, made.model_dump_json().encode()) == made


def test_an_event_of_a_queue_that_concerns_a_visit_has_it_for_its_subject() -> None:
    class TicketSought(QueueEvent):
        card: CardKeyText
        visit: type(VISIT)  # type: ignore[valid-type]

    assert TicketSought(**ABOUT).subject == VISIT.id


def test_a_body_that_is_about_nothing_has_no_frame() -> None:
    for body in (b"", b"[]", b"{}", b"7", b'{"where":{}}'):
        for key in (CARD, QUEUE):
            with pytest.raises(ValueError, match=r".+"):
                read_frame(key, body)
