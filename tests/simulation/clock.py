"""An event loop whose time is the simulation's own: when nobody can go on, the next timer is due at once."""

from __future__ import annotations

import asyncio
from typing import Any

from shared.envelope import to_ms
from tests.support.plain import MINUTE
from tests.support.process import Crash
from tests.support.spec import START

BEGIN_MS = to_ms(START) + MINUTE


class Clock(asyncio.BaseEventLoop):
    """No selector, no socket and no sleep behind it. RuntimeError when everybody waits for what can't come."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self._selector = self
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._seconds

    def ms(self) -> int:
        """Milliseconds since the epoch, for append times and deadlines."""
        return BEGIN_MS + round(self._seconds * 1000)

    def select(self, timeout: float | None) -> tuple[Any, ...]:
        """What the loop calls to wait for input: there is none, so time goes on."""
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever happen")
        self._seconds += timeout
        return ()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """That nobody waits for a process that died is no news."""
        if not isinstance(context.get("exception"), Crash):
            super().call_exception_handler(context)

    def _process_events(self, events: Any) -> None:
        """There are none."""
