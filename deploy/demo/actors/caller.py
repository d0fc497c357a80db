"""Who calls the numbers: one nurse for every queue somebody has registered in, who knows what its board shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from deploy.demo.city import LABORATORY
from deploy.demo.guide import BROKEN
from deploy.demo.proportions import DOES_NOT_COME
from deploy.demo.scene import Scene, good_until
from services.guide.told_queues import BoardTold
from shared.events.edge_queues import TicketCallRequested, TicketMissReported, TicketRequest, TicketServeReported
from shared.events.queue_key import queue_of

LOOKS = 0.5
"""Seconds between two looks at all boards."""
AT_ONCE = 20
"""Boards looked at together."""


class Caller:
    """Calls, waits for who comes, and says what became of them. `idle` when no board shows anybody."""

    called = "whoever calls the numbers"

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.idle = False
        self.moves: dict[str, int] = {}

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            queues = sorted(self.scene.queues)
            empty = [
                await asyncio.gather(*map(self._call, queues[at : at + AT_ONCE]))
                for at in range(0, len(queues), AT_ONCE)
            ]
            self.idle = len(queues) == len(self.scene.queues) and all(map(all, empty))
            await asyncio.sleep(LOOKS)

    async def _call(self, queue: str) -> bool:
        """Do what the board asks for; whether it shows nobody."""
        board = await self._board(queue)
        if board is None:
            return False
        await self._see(board)
        return not (board["length"] or board["called"])

    async def _board(self, queue: str) -> BoardTold | None:
        at = queue_of(queue)
        try:
            return await self.scene.guide.board(at.institution, at.place, at.session, at.day or date.max)
        except BROKEN:
            return None

    async def _see(self, board: BoardTold) -> None:
        """One thing at each new sight of a board: let go who is called, or else call the next."""
        queue = board["queue"]
        if self.moves.get(queue) == board["move"]:
            return
        rng = self.scene.chance("caller", queue, str(board["move"]))
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
