"""A stream reads without a change as often as another process may have made one."""

from __future__ import annotations

import pytest

from services.guide.pace import Pace
from shared.runtime.changes import Changes

PACE = Pace(poll_visit=2.0, poll_desk=1.0, poll_told=5.0, heartbeat=15.0)


@pytest.mark.parametrize(("whole", "poll", "seconds"), [(True, 1.0, 5.0), (False, 1.0, 1.0), (True, 9.0, 9.0)])
def test_where_every_change_is_told_of_it_reads_seldom(whole: bool, poll: float, seconds: float) -> None:
    assert PACE.until(Changes(lambda: whole), poll) == seconds


def test_it_is_never_silent_for_longer_than_a_heartbeat() -> None:
    assert PACE.until(Changes(lambda: True), 60.0) == PACE.heartbeat


def test_whoever_does_not_know_reads_often() -> None:
    assert PACE.until(Changes(), 1.0) == 1.0
