"""A refusal of every code, and a set-aside record of every cause: one small scenario for each.

`play(scenario, stage)` acts it out and says what guide told. A code that nothing ends with is provoked as a hold, and
`as_logged` (held.py) says of which code; only `no_terminal_secret` needs a platform that was started without one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.demo.guide import SETTLED
from deploy.demo.mischief import (
    admission,
    checkups,
    examinations,
    lab_tests,
    medicines,
    money,
    queues,
    records,
    standing,
    stays,
    visits,
)
from deploy.demo.mischief.stage import Stage
from shared.events.causes import CAUSES

Act = Callable[[Stage], Awaitable[str | None]]

HELD_ONLY = ("ending_requested", "irregularity_not_seen")
"""Codes for which a request is held, and never refused within the spans of any reference."""
WHILE_QUEUES_STAND_STILL = ("ticket_not_issued", "registration_pending")
"""Codes that come to an end only where the service of queues does not run (tests/deciders, tests/laws/test_lag.py)."""
OTHERWISE = {
    "consulted_unregistered": "not_registered",
    "consulted_after_cancelling": "visit_cancelled",
    "sampled_after_cancelling": "visit_cancelled",
    "consulted_elsewhere": "other_institution",
    "prescription_not_seen": "order_not_seen",
    "examined_unpaid": "not_cleared",
    "reported_twice": "already_reported",
    "corrected_unreported": "result_not_seen",
    "read_twice": "already_recorded",
    "fetched_unpaid": "not_cleared",
    "item_unpaid": "not_cleared",
    "item_twice": "already_recorded",
    "null_header": "no_ce_id",
    "not_json": "wrong_shape",
    "wrong_subject": "wrong_shape",
    "signed_by_another_terminal": "signature_wrong",
}
"""What a scenario expects that is not called after it."""


@dataclass(frozen=True)
class Scenario:
    """`expects` is a code (`set_aside` false) or a cause. `act` returns the request that guide tells of, or None."""

    name: str
    expects: str
    act: Act

    @property
    def set_aside(self) -> bool:
        return self.expects in CAUSES

    @property
    def among(self) -> tuple[str, ...]:
        """The answers it waits for. Whoever looks too late sees a hold's end only."""
        return ("held", *SETTLED) if self.expects in HELD_ONLY else SETTLED


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a scenario: the code guide told, or, of a record set aside, nothing at all."""

    scenario: Scenario
    got: str
    request: str | None

    @property
    def as_expected(self) -> bool:
        return self.got == ("" if self.scenario.set_aside else self.scenario.expects)


async def play(scenario: Scenario, stage: Stage) -> Played:
    """Act it out, and wait for guide's word on it."""
    request = await scenario.act(stage)
    if request is None:
        return Played(scenario, "", None)
    found = await stage.settled(request, scenario.among)
    return Played(scenario, found.get("code", ""), request)


def _acts(*acts: Act) -> tuple[Scenario, ...]:
    names = [act.__name__ for act in acts]
    return tuple(Scenario(name, OTHERWISE.get(name, name), act) for name, act in zip(names, acts, strict=True))


SCENARIOS: tuple[Scenario, ...] = _acts(
    *admission.ACTS,
    *visits.ACTS,
    *queues.ACTS,
    *money.ACTS,
    *lab_tests.ACTS,
    *examinations.ACTS,
    *medicines.ACTS,
    *checkups.ACTS,
    *standing.ACTS,
    *stays.ACTS,
    *records.ACTS,
)

__all__ = ["HELD_ONLY", "SCENARIOS", "Played", "Scenario", "Stage", "play"]
