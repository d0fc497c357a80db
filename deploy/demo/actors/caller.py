"""Who calls the numbers: one nurse for every queue somebody has registered in, who knows what its board shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import date
from typing import Any

from deploy.demo.city import LABORATORY
from deploy.demo.proportions import DOES_NOT_COME
from deploy.demo.scene import Scene, good_until
from services.guide.told_queues import BoardTold
from shared.events.edge_queues import TicketCallRequested, TicketMissReported, TicketRequest, TicketServeReported
from shared.events.queue_key import queue_of

LOOKS = 0.5
"""Seconds between two looks for queues that were not there before."""
HASTE = 5
"""How many times as fast as others do their work a number is called, or let go."""


class Caller:
    """Calls, waits for who comes, and says what became of them. `idle` when no board shows anybody."""

    called = "whoever calls the numbers"

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.moves: dict[str, int] = {}
        self.empty: dict[str, bool] = {}

    @property
    def idle(self) -> bool:
        return self.scene.queues <= self.empty.keys() and all(self.empty.values())

    async def work(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as nurses:
            while True:
                for queue in sorted(self.scene.queues - self.empty.keys()):
                    self.empty[queue] = False
                    nurses.create_task(self._follow(queue))
                await asyncio.sleep(LOOKS)

    async def _follow(self, queue: str) -> None:
        """Do what each new sight of a board asks for."""
        at = queue_of(queue)
        boards = self.scene.guide.board(at.institution, at.place, at.session, at.day or date.max)
        async with aclosing(boards):
            async for board in boards:
                self.empty[queue] = not (board["length"] or board["called"])
                await self._see(board)

    async def _see(self, board: BoardTold) -> None:
        """One thing at each new sight of a board: let go who is called, or else call the next."""
        queue = board["queue"]
        if self.moves.get(queue) == board["move"]:
            return
        rng = self.scene.chance("caller", queue, str(board["move"]))
        await asyncio.sleep(rng.uniform(0, self.scene.think / HASTE))
        desk = "lab_desk" if board["department"] == LABORATORY else "doctor_desk"
        where = self.scene.where(board["institution"], desk, rng, board["department"])
        at: dict[str, Any] = {"queue": queue, "where": where, "good_until": good_until()}
        if board["called"]:
            kind = TicketMissReported if rng.random() < DOES_NOT_COME else TicketServeReported
            await self._say(board, kind(**at, number=board["called"][0]["number"]))
        elif board["waiting"]:
            await self._say(board, TicketCallRequested(**at))

    async def _say(self, board: BoardTold, request: TicketRequest) -> None:
        self.moves[board["queue"]] = board["move"]
        await self.scene.say(request)


@asynccontextmanager
async def calling(scene: Scene) -> AsyncIterator[Caller]:
    """A caller at work, for as long as the block lasts."""
    caller = Caller(scene)
    task = asyncio.create_task(caller.work())
    try:
        yield caller
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
