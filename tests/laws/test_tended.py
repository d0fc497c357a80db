"""A process goes on only while all of its parts do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.tended import Tended


class Said(list[dict[str, Any]]):
    """What was told to operators."""

    def error(self, event: str, **fields: Any) -> None:
        self.append({"event": event} | fields)


async def breaks() -> None:
    raise RuntimeError("a word that may hold values")


async def returns() -> None:
    return None


async def cancelled() -> None:
    """What is awaited was cancelled by somebody else."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


@pytest.mark.parametrize(
    ("work", "reason"),
    [(breaks, "RuntimeError at test_tended.py"), (cancelled, "a wait of its was cancelled")],
)
async def test_a_part_that_breaks_ends_the_process_and_is_named(work: Any, reason: str) -> None:
    stopped, out = asyncio.Event(), Said()
    tended = Tended(stopped, out)
    tended.begin("ticks", work())
    await stopped.wait()
    await tended.over()
    assert tended.broken == "ticks"
    [told] = out
    assert (told["event"], told["part"]) == ("a part broke", "ticks")
    assert told["reason"].startswith(reason)
    assert "values" not in told["reason"]


async def test_parts_that_have_nothing_more_to_do_or_end_with_the_process_break_nothing() -> None:
    stopped, out = asyncio.Event(), Said()
    tended = Tended(stopped, out)
    await tended.begin("rounds", returns())
    goes_on = tended.begin("health", asyncio.sleep(3600))
    assert not stopped.is_set()
    stopped.set()
    goes_on.cancel()
    await tended.over()
    assert (tended.broken, out) == ("", [])
