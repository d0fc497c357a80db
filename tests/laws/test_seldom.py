"""What people seldom ask for is looked for once a second, once for all partitions, and at once after something came."""

from __future__ import annotations

import pytest

from shared.runtime.log import Place
from shared.runtime.seldom import EVERY_MS, Seldom

HERE, THERE = Place("onecard.events", 0), Place("onecard.events", 1)


class Now:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def seldom(now: Now) -> Seldom:
    return Seldom(now)


def test_where_nothing_was_found_is_looked_a_second_later(seldom: Seldom, now: Now) -> None:
    seldom.looked(HERE, 0)
    assert (seldom.now(HERE), seldom.now(THERE)) == (False, True)
    now.ms += EVERY_MS
    assert seldom.now(HERE)


def test_where_something_was_found_is_looked_again_at_once(seldom: Seldom) -> None:
    seldom.looked(HERE, 3)
    assert seldom.now(HERE)


def test_while_nobody_asks_for_anything_one_look_is_for_all(seldom: Seldom, now: Now) -> None:
    seldom.nothing()
    assert not seldom.now(HERE)
    assert not seldom.now(THERE)
    now.ms += EVERY_MS
    assert seldom.now(HERE)
    assert seldom.now(THERE)


def test_who_forgets_looks_everywhere(seldom: Seldom) -> None:
    seldom.nothing()
    seldom.looked(HERE, 0)
    seldom.forget()
    assert seldom.now(HERE)
    assert seldom.now(THERE)
