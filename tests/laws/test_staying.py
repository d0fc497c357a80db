"""Whoever reads no more leaves and joins again, whatever leaving comes to, until the process is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from shared import beginning
from shared.beginning import stay
from shared.envelope import Record
from shared.runtime.log import LogUnavailable
from shared.runtime.telemetry import Telemetry
from tests.contracts.test_log import nothing


class Broken:
    """A log that reads no more, leaves as it is told to, and can join again at the third try."""

    def __init__(self, leaving: str) -> None:
        self.leaving, self.joined, self.tries = leaving, asyncio.Event(), 0

    @property
    def ended(self) -> str:
        return "" if self.joined.is_set() else "the polling of records"

    async def start(self, *_: Any) -> None:
        self.tries += 1
        if self.tries < 3:
            raise LogUnavailable("not yet")
        self.joined.set()

    async def stop(self) -> None:
        if self.tries:
            return
        if self.leaving == "hangs":
            await asyncio.Event().wait()
        if self.leaving == "fails":
            raise RuntimeError("it is broken, after all")
        if self.leaving == "is cancelled":
            raise asyncio.CancelledError


async def take(_records: Sequence[Record]) -> None:
    return None


@pytest.mark.parametrize("leaving", ["in order", "fails", "is cancelled", "hangs"])
async def test_it_joins_again_however_it_left(leaving: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginning, "LEAVE", 0.05)
    monkeypatch.setattr(beginning, "backoff", lambda _: 0.001)
    log, stopped = Broken(leaving), asyncio.Event()
    owner: Any = SimpleNamespace(revoked=nothing, last_poll=0.0, telemetry=Telemetry("lab"))
    staying = asyncio.create_task(stay(log, owner, take, stopped))
    async with asyncio.timeout(10):
        await log.joined.wait()
        stopped.set()
        await staying
    assert log.tries == 3


async def test_told_to_stop_it_tries_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginning, "backoff", lambda _: 60.0)
    log, stopped = Broken("in order"), asyncio.Event()
    owner: Any = SimpleNamespace(revoked=nothing, last_poll=0.0, telemetry=Telemetry("lab"))
    staying = asyncio.create_task(stay(log, owner, take, stopped))
    async with asyncio.timeout(10):
        while not log.tries:
            await asyncio.sleep(0)
        stopped.set()
        await staying
    assert log.tries == 1
