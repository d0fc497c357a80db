"""A process that stands still says what it waits for before it ends; one that only slept goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.standing import LOOKS, StoodStillError, watch


class Said(list[dict[str, Any]]):
    """What was told to operators."""

    def error(self, event: str, **fields: Any) -> None:
        self.append({"event": event} | fields)


async def for_ever(secret: str) -> None:
    assert secret
    await asyncio.Event().wait()


async def test_what_stands_still_is_said_with_its_place_and_no_values() -> None:
    hung, said = asyncio.create_task(for_ever("no-value-of-this-kind")), Said()
    await asyncio.sleep(0)
    with pytest.raises(StoodStillError):
        await watch(lambda: 95.4, 90.0, said, asyncio.Event(), look=0.001)
    hung.cancel()
    [told] = said
    assert (told["event"], told["seconds"]) == ("stands still", 95)
    assert any("test_standing.py:" in one and "for_ever > locks.py:" in one for one in told["waits"])
    assert "no-value-of-this-kind" not in str(told)


async def test_one_that_slept_and_goes_on_is_left_alone() -> None:
    ages, stopped, said = [95.0] * (LOOKS - 1) + [0.1] + [95.0] * (LOOKS - 1), asyncio.Event(), Said()

    def age() -> float:
        if not ages:
            stopped.set()
            return 0.0
        return ages.pop()

    await watch(age, 90.0, said, stopped, look=0.001)
    assert said == []
