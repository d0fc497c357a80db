"""A hundred cities, the same for every commit: nothing is ever wrong, and every fault was there."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.simulation.fleet import Run, run
from tests.simulation.life import lived
from tests.simulation.moves import KINDS, Say, dump, load
from tests.simulation.schedule import EVENTS_AT_LEAST, schedule
from tests.simulation.shrink import shrunk

SEEDS = 100
pytestmark = pytest.mark.timeout(600)  # Half a minute of two cores, on a machine that may do much else.


@pytest.fixture(scope="module")
def hundred() -> Run:
    return run(first=0, seeds=SEEDS, seconds=0, workers=os.cpu_count() or 1)


def test_nothing_is_wrong_with_any_of_a_hundred_cities(hundred: Run) -> None:
    assert (hundred.failures, hundred.tally.seeds) == ([], SEEDS)


def test_each_of_them_has_something_to_live_through(hundred: Run) -> None:
    assert hundred.tally.fewest >= EVENTS_AT_LEAST


def test_processes_died_before_and_after_every_numbered_step_and_every_look_at_positions(hundred: Run) -> None:
    assert hundred.tally.never_crashed() == []


def test_every_kind_of_fault_struck(hundred: Run) -> None:
    kinds = {
        *KINDS, "away", "copied record", "late copy", "poisoned record", "finished late", "stopped for long",
        "rebalance", "rebalance amid a batch", "asked to be replayed", "restarted with other reference data",
    }  # fmt: skip
    assert kinds <= set(hundred.tally.faults)


def test_residents_are_taken_in_moved_and_sent_home_and_cards_live_their_lives(hundred: Run) -> None:
    stays = {"bed-assigned", "bed-released", "bed-refused", "patient-admitted", "patient-transferred",
             "inpatient-service-recorded", "discharge-ordered", "patient-discharged"}  # fmt: skip
    cards = {"card-issued", "card-suspended", "card-restored", "card-replaced", "cards-merged", "cards-unmerged",
             "entitlement-granted", "entitlement-ended", "visit-suspended", "visit-resumed"}  # fmt: skip
    assert stays | cards <= set(hundred.tally.said)


def test_check_ups_are_reported_in_most_cities(hundred: Run) -> None:
    checkups = {"checkup-started", "checkup-item-done", "checkup-item-declined", "checkup-item-irregular",
                "checkup-reported", "checkup-report-irregular"}  # fmt: skip
    assert checkups <= set(hundred.tally.said)
    assert hundred.tally.lives["checkup-reported"] > SEEDS / 2


def test_insurers_settle_by_call_in_some_cities_and_what_is_over_goes_back_to_them(hundred: Run) -> None:
    by_call = {"settlement-wanted", "insurer-answered", "insurer-answer-noted", "settlement-reversal-wanted",
               "settlement-reversed"}  # fmt: skip
    assert by_call <= set(hundred.tally.said)
    assert SEEDS / 5 < hundred.tally.lives["insurer-answered"] < SEEDS / 2


def test_a_seed_is_the_same_city_in_another_process() -> None:
    code = "from tests.simulation.test_seeds import digests; digests()"
    told = [
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": salt}, capture_output=True, check=True
        )
        for salt in ("1", "2")
    ]
    assert json.loads(told[0].stdout) == json.loads(told[1].stdout)


def digests() -> None:
    """Printed: what some seeds leave on the log."""
    print(json.dumps([lived(schedule(seed)).digest for seed in range(5)]))


def test_a_schedule_comes_back_from_its_text() -> None:
    for seed in range(20):
        one = schedule(seed)
        assert load(dump(one).splitlines()) == one


def test_a_schedule_shrinks_to_the_moves_that_matter() -> None:
    one = schedule(7)
    wanted = [move for move in one.moves if isinstance(move, Say)][3:30:9]
    small = shrunk(one, lambda less: all(move in less.moves for move in wanted))
    assert list(small.moves) == wanted
