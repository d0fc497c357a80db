"""The simulation can turn red: each protection of the runtime taken away is noticed within a few of the same seeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.simulation import sabotage
from tests.simulation.life import lived
from tests.simulation.moves import Forget
from tests.simulation.sabotage import Sabotage
from tests.simulation.schedule import schedule

pytestmark = pytest.mark.timeout(300)  # Seconds of work, on a machine that may do much else.


@pytest.mark.parametrize(
    "taken_away",
    [
        sabotage.auto_commit,
        sabotage.commit_before_publish,
        sabotage.no_outbox,
        sabotage.no_compare_and_set,
        sabotage.no_heard,
        sabotage.silence_for_no,
        sabotage.archive_overwrites,
        sabotage.archive_doubles,
    ],
)
def test_it_turns_red_within_five_seeds(taken_away: Sabotage) -> None:
    assert any(wrong(seed, taken_away) for seed in range(5))


@pytest.mark.parametrize("taken_away", [sabotage.replay_forgets, sabotage.no_order_in_the_outbox])
def test_what_takes_rarer_chances_turns_red_within_forty_seeds(taken_away: Sabotage) -> None:
    assert any(wrong(seed, taken_away) for seed in range(40))


def test_letters_that_overtake_their_stream_turn_it_red_within_two_hundred_seeds() -> None:
    """Only where intake forgets a terminal and learns it again has a letter a way home: one such city in ten is red."""
    forgetful = (seed for seed in range(200) if any(isinstance(move, Forget) for move in schedule(seed).moves))
    assert any(wrong(seed, sabotage.letters_replayed_unparked) for seed in forgetful)


def test_silence_taken_for_no_is_seen_without_asking_a_decider() -> None:
    assert any(text.startswith("refused for want") for text in wrong(0, sabotage.silence_for_no))


def test_money_and_work_are_judged_without_asking_a_decider() -> None:
    assert any(text.startswith("check") for seed in range(5) for text in wrong(seed, sabotage.no_outbox))


def wrong(seed: int, taken_away: Sabotage) -> list[str]:
    """What is wrong with a city that lived under sabotage; it is judged without."""
    return lived(schedule(seed), sabotaged(taken_away)).wrong


@contextmanager
def sabotaged(taken_away: Sabotage) -> Iterator[None]:
    """Until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        taken_away(patch)
        yield
