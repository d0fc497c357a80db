"""The gateway decides nothing on the log: what the insurer says is asked of intake, and billing decides."""

from __future__ import annotations

from services.insurer.state import State
from shared.decider import NOTHING, Decision, Input
from shared.reference import Reference


def decide(_state: State, _event: Input, _reference: Reference) -> Decision:
    """It says no fact and holds no request."""
    return NOTHING
