"""The simulation can turn red: each protection of the runtime taken away is noticed within a few of the same seeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.simulation import sabotage
from tests.simulation.life import lived
from tests.simulation.sabotage import Sabotage
from tests.simulation.schedule import schedule


@pytest.mark.parametrize(
    ("taken_away", "within"),
    [
        (sabotage.auto_commit, 30),
        (sabotage.commit_before_publish, 30),
        (sabotage.no_outbox, 30),
        (sabotage.no_compare_and_set, 30),
        (sabotage.no_heard, 30),
        (sabotage.no_order_in_the_outbox, 30),
        (sabotage.replay_forgets, 30),
        (sabotage.letters_replayed_unparked, 30),
        (sabotage.silence_for_no, 30),
        (sabotage.archive_overwrites, 30),
        (sabotage.archive_doubles, 30),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_it_turns_red_within_so_many_seeds(taken_away: Sabotage, within: int) -> None:
    assert any(_is_red(seed, taken_away) for seed in range(within))


def _is_red(seed: int, taken_away: Sabotage) -> bool:
    return bool(lived(schedule(seed), sabotaged(taken_away)).wrong)


@contextmanager
def sabotaged(taken_away: Sabotage) -> Iterator[None]:
    """While the city lives, not while it is judged."""
    with pytest.MonkeyPatch.context() as patch:
        taken_away(patch)
        yield
