"""The demo's mischief leaves out no code and no cause."""

from __future__ import annotations

from deploy.demo.mischief import SCENARIOS
from shared.events.causes import CAUSES
from shared.events.codes import REASONS

NEEDS_ANOTHER_PLATFORM = {"no_terminal_secret"}


def test_every_code_that_a_request_can_end_with_is_provoked() -> None:
    assert {one.expects for one in SCENARIOS if not one.set_aside} == set(REASONS)


def test_every_cause_is_provoked() -> None:
    assert {one.expects for one in SCENARIOS if one.set_aside} == set(CAUSES) - NEEDS_ANOTHER_PLATFORM
