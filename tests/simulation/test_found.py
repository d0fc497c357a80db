"""Cities that were red once, by the smallest schedule that made them so."""

from __future__ import annotations

import pytest

from tests.simulation.life import lived
from tests.simulation.moves import load
from tests.simulation.schedule import EVENTS_AT_LEAST, schedule

SECOND_OF_A_NEW_SERVICE = """
{"seed": 1208, "partitions": 2, "promptly": true}
["Assign", "cards", [1, 0, 0], true]
["Say", ["present", 0, 0, 0, 0], 0]
["Say", ["item", 1, 1, 2, 0], 0]
["Go", "intake", 0, 500, -1, null, "", 0]
["Go", "cards", 0, 8, 1, null, "", 0]
["Go", "cards", 1, 500, -1, null, "", 0]
"""
"""Between its two looks at store and commits, the other process handled the very first batch: it took the store for
one that was lost."""

LATE_SAVE_OF_WHAT_WAS_SET_ASIDE = """
{"seed": 3709, "partitions": 3, "promptly": false}
["Say", ["transfer", 2, 0, 1, 0], 0]
["Say", ["bed", 2, 0, 1, 0], 0]
["Say", ["conclude", 0, 2, 0, 0], 0]
["Say", ["end grant", 3, 2, 0, 0], 0]
["Go", "intake", 0, 0, -1, null, "", 0]
["Say", ["call off", 0, 2, 0, 0], 0]
["Say", ["register", 0, 1, 0, 0], 0]
["Say", ["hand over", 2, 0, 3, 0], 0]
["Say", ["discharge", 2, 0, 0, 0], 0]
["Say", ["refund deposit", 2, 0, 1, 0], 0]
["Go", "intake", 0, 2, -1, "adrift", "position", 0]
["Go", "intake", 0, 500, -1, null, "", 0]
["Say", ["consult", 0, 1, 0, 0], 0]
["Go", "intake", 0, 500, -1, "adrift", "", 20]
["Forget"]
["Go", "intake", 0, 3, -1, null, "", 0]
"""
"""A dead process's save took effect after its heir, which knew no terminals, had set the record aside and committed: it
was heard, and its fact was taken for acknowledged and never said."""

COPY_JUDGED_BEFORE_WHAT_WAS_SET_ASIDE = """
{"seed": 4876, "partitions": 2, "promptly": true}
["Forget"]
["Say", ["suspend", 2, 0, 0, 0], 0]
["Wait", 86460000]
["Go", "intake", 0, 500, -1, null, "", 0]
["Say", ["suspend", 2, 1, 0, 0], 0]
"""
"""The first copy of a request was set aside, and came home after a second, which was too late, had been refused."""

COPY_JUDGED_AFTER_WHAT_WAS_SET_ASIDE = """
{"seed": 2178, "partitions": 3, "promptly": false, "by_call": true}
["Say", ["issue", 1, 2, 0, 0], 0]
["Forget"]
["Say", ["item", 0, 1, 0, 0], 0]
["Say", ["item", 0, 1, 1, 0], 0]
["Go", "intake", 0, 2, -1, null, "", 0]
["Go", "intake", 0, 500, -1, null, "", 0]
["Wait", 86460000]
["Say", ["issue", 1, 0, 0, 0], 0]
"""
"""The same, but it came home before the second was heard, and was admitted: the fold heard it behind the second."""

COMMIT_REFUSED_FOR_ANOTHERS_PARTITION = """
{"seed": 3183, "partitions": 3, "promptly": false, "by_call": true}
["Say", ["present", 0, 2, 0, 0], 0]
["Say", ["collect", 3, 1, 2, 4], 0]
["Go", "intake", 0, 1, -1, null, "", 0]
["Say", ["consult", 3, 1, 0, 0], 0]
["Say", ["tender", 0, 2, 3, 0], 0]
["Say", ["consult", 0, 2, 0, 0], 0]
["Say", ["register", 0, 2, 2, 4], 0]
["Say", ["tender", 0, 2, 0, 0], 0]
["Go", "intake", 0, 3, -1, null, "", 0]
["Say", ["present", 1, 1, 0, 0], 0]
["Say", ["tender", 1, 1, 3, 0], 0]
["Go", "intake", 0, 3, 3, null, "", 0]
["Assign", "intake", [1, 1, 0], false]
["Go", "intake", 1, 2, -1, null, "", 0]
["Say", ["refund", 1, 1, 1, 0], 0]
["Go", "intake", 1, 500, 4, null, "", 0]
["Assign", "intake", [0, 1, 0], true]
"""
"""A batch was done after its partitions had been let go. Its commit took along what its process had done since, and was
refused for a partition that was another's: one of its own stood uncommitted for as long as nothing came."""


@pytest.mark.parametrize(
    "text",
    [
        SECOND_OF_A_NEW_SERVICE,
        LATE_SAVE_OF_WHAT_WAS_SET_ASIDE,
        COPY_JUDGED_BEFORE_WHAT_WAS_SET_ASIDE,
        COPY_JUDGED_AFTER_WHAT_WAS_SET_ASIDE,
        COMMIT_REFUSED_FOR_ANOTHERS_PARTITION,
    ],
)
def test_a_city_that_was_red_is_not(text: str) -> None:
    assert lived(load(text.splitlines())).wrong == []


def test_a_city_with_too_little_in_it_has_as_many_visits_again() -> None:
    once, twice = schedule(3454), schedule(3454, twice=True)
    assert list(twice.moves[: len(once.moves)]) == list(once.moves)
    assert lived(twice).tally.events > EVENTS_AT_LEAST
