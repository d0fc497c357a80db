"""What a library says over and over is told once in a while, with how often it was said."""

from __future__ import annotations

import logging

from shared.logs import AGAIN, MOST, Seldom

AWAY = "Unable connect to node with id %s"


class Told:
    """Lines that come through, by a clock of their own."""

    def __init__(self) -> None:
        self.now, self.lines = 0.0, list[str]()
        self.seldom = Seldom(lambda: self.now)

    def say(self, words: str, *args: object, by: str = "aiokafka") -> None:
        record = logging.LogRecord(by, logging.ERROR, "", 0, words, args, None)
        if self.seldom.filter(record):
            self.lines.append(record.getMessage())


def test_a_line_that_was_just_said_is_left_out() -> None:
    told = Told()
    for _ in range(300):
        told.say(AWAY, 1)
    assert told.lines == ["Unable connect to node with id 1"]


def test_when_it_is_said_again_later_it_is_told_how_often() -> None:
    told = Told()
    for _ in range(300):
        told.say(AWAY, 1)
    told.now = AGAIN
    told.say(AWAY, 1)
    assert told.lines[1:] == ["Unable connect to node with id 1 (and 299 times before)"]


def test_other_words_and_other_libraries_are_told() -> None:
    told = Told()
    told.say(AWAY, 1)
    told.say(AWAY, 2)
    told.say(AWAY, 1, by="uvicorn")
    assert len(told.lines) == 3


def test_memory_does_not_grow_with_what_is_said() -> None:
    told = Told()
    for number in range(3 * MOST):
        told.say(AWAY, number)
    assert len(told.seldom._said) <= MOST
