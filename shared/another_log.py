"""How a process ends whose store was filled from another log."""

from __future__ import annotations

import asyncio

from shared.runtime.positions import Positions

ANOTHER_LOG = 65
"""Its status (EX_DATAERR of sysexits.h): people must decide, starting it again changes nothing."""
LINGER = 10.0
"""Seconds for which it still says so on /readyz before it ends."""


async def linger(positions: Positions, stopped: asyncio.Event) -> None:
    """Stop a process that may not read this log, once health has said so for a while."""
    await positions.refused.wait()
    await asyncio.sleep(LINGER)
    stopped.set()
