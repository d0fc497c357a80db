"""A morning without a network: what kiosks kept comes in one burst, with the ids and times of hours ago."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from deploy.edges import Edges
from shared.envelope import Envelope


@dataclass
class Outage:
    """Over when `waiting` residents have left theirs."""

    waiting: int = 0
    kept: list[Envelope] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self, edges: Edges, envelopes: list[Envelope]) -> None:
        """Leave requests at a kiosk that is cut off; return when they are published."""
        self.kept += envelopes
        self.waiting -= 1
        if self.waiting <= 0:
            burst, self.kept = self.kept, []
            await edges.publish(burst)
            self.over.set()
        await self.over.wait()
