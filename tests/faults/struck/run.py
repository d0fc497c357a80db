"""A real service that can be struck from inside: `python -m tests.faults.struck.<service>`.

The service, its runtime and its adapters are the ones that are shipped; what is put between their steps is a point
where the process may be ended or frozen, a decider that breaks when told to, and, in a negative control, a protection
taken away. Told by environment: ONECARD_STRUCK is the folder of orders, ONECARD_BROKEN breaks the decider,
ONECARD_SABOTAGE names the protection.
"""

from __future__ import annotations

import os
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from shared import app
from shared.adapters import kafka
from shared.decider import Overdue
from tests.faults.struck import points, sabotage
from tests.faults.struck.places import in_place_of


def run(service: str) -> None:
    """Run it as `python -m services.<service>` does."""
    in_place_of(kafka, "PatientConsumer", soon_missed)
    points.install(points.Orders(Path(os.environ["ONECARD_STRUCK"]), os.environ["ONECARD_INSTANCE"]))
    if os.environ.get("ONECARD_BROKEN"):
        in_place_of(app, "Engine", with_broken_decider)
    if name := os.environ.get("ONECARD_SABOTAGE", ""):
        sabotage.SABOTAGES[name]()
    runpy.run_module(f"services.{service}", run_name="__main__")


def soon_missed(consumer: Any) -> Any:
    """A frozen owner is given up after three seconds instead of ten: more faults in the same time."""

    class SoonMissed(consumer):  # type: ignore[misc]
        def __init__(self, *args: Any, **told: Any) -> None:
            super().__init__(*args, **{**told, "session_timeout_ms": 3_000, "heartbeat_interval_ms": 500})

    return SoonMissed


class BrokenDecider(RuntimeError):
    """What a bug in a decider looks like to the runtime."""


def with_broken_decider(engine: Callable[..., Any]) -> Callable[..., Any]:
    """Engines whose decider has a bug that half of all cards meet."""

    def broken(service: Any, *others: Any, **named: Any) -> Any:
        def decide(state: Any, event: Any, reference: Any) -> Any:
            about = event.request if isinstance(event, Overdue) else event
            if int(about.key[:2], 16) % 2:
                raise BrokenDecider
            return service.decide(state, event, reference)

        return engine(replace(service, decide=decide), *others, **named)

    return broken
