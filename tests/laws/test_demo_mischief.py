"""The demo's mischief leaves out no code and no cause."""

from __future__ import annotations

from deploy.demo.mischief import SCENARIOS, WHILE_QUEUES_STAND_STILL
from shared.events.causes import CAUSES
from shared.events.codes import REASONS

OF_CARDS = {code for code, reason in REASONS.items() if reason.said_by == ("cards",)}
"""What is answered to the card authority alone: its door says it (tests/contracts/test_cards_api.py), never guide."""
NEEDS_ANOTHER_CITY = {"card_not_issued", "not_the_authority"}
"""Said of a card nobody was issued, in a city with that rule; and to a terminal that asks about a card, not a visit."""
ENDS_NO_REQUEST = {"cap_passed"}
"""What billing finds when cards are merged (tests/laws/test_carried.py)."""
TO_INSURERS = {
    "not_the_insurer", "outcome_unknown", "split_unfit", "answer_repeated", "answered_otherwise",
    "settlement_not_wanted", "reversal_refused", "insurer_silent",
}  # fmt: skip
"""What an insurer is told of its answers, or people of an insurer that gives none (tests/laws/test_insurer.py)."""
NEEDS_A_NEIGHBOUR = {"bed_taken"}
"""A scenario has one resident, and a bed that is taken has another's (tests/laws/test_stays.py)."""
NEEDS_ANOTHER_PLATFORM = {"no_terminal_secret"}


def test_every_code_that_a_request_can_end_with_is_provoked() -> None:
    assert {one.expects for one in SCENARIOS if not one.set_aside} == set(REASONS) - {
        *WHILE_QUEUES_STAND_STILL
    } - OF_CARDS - NEEDS_ANOTHER_CITY - NEEDS_A_NEIGHBOUR - ENDS_NO_REQUEST - TO_INSURERS


def test_every_cause_is_provoked() -> None:
    assert {one.expects for one in SCENARIOS if one.set_aside} == set(CAUSES) - NEEDS_ANOTHER_PLATFORM
