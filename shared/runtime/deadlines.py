"""Deadlines that are over by the wall clock are said at the end of the log, by the partition's owner.

So whatever was on the log already is heard before them. Saying one twice says nothing new: its id follows from what
it is about.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from shared.decider import Service
from shared.envelope import Envelope
from shared.runtime import documents
from shared.runtime.documents import NEVER, STREAMS
from shared.runtime.log import Log, Place
from shared.runtime.store import Store
from shared.runtime.telemetry import Telemetry
from shared.step import deadlines

PAGE = 200
SAY_AGAIN_MS = 30_000
LOOK_AGAIN_MS = 5_000
"""What this owner saves it knows; what another still saved, who owned the partition before, it sees as late as this."""
MOST_SAID = 10_000


class Deadlines:
    """The deadlines of one service's streams, as far as this process owns them."""

    def __init__(self, service: Service[Any], store: Store, log: Log, telemetry: Telemetry) -> None:
        self.service, self.store, self.log, self.telemetry = service, store, log, telemetry
        self._said: OrderedDict[str, int] = OrderedDict()
        self._look: dict[int, int] = {}

    def armed(self, partition: int, due_ms: int | None) -> None:
        """A stream of the partition was saved with its next deadline, if it has any."""
        if due_ms is not None and due_ms < self._look.get(partition, 0):
            self._look[partition] = due_ms

    async def say(self, place: Place, now_ms: int) -> int:
        """Say what is due in one partition; how many were said. One that was said is given time to be heard."""
        if now_ms < self._look.get(place.partition, 0):
            return 0
        if (first := await self._first(place)) > now_ms:
            self._look[place.partition] = min(now_ms + LOOK_AGAIN_MS, first)
            self._drop(now_ms)
            return 0
        due = await self.store.find(STREAMS, "due", (place.partition,), until=now_ms + 1, limit=PAGE)
        passed: list[Envelope] = []
        for document in due:
            kept = documents.decode(self.service, document)
            if kept.parked:
                continue
            due_here = deadlines(self.service, kept.stream, kept.key, kept.name, now_ms)
            passed += map(self.telemetry.begun, due_here)
        passed = [event for event in passed if self._said.get(event.id, 0) + SAY_AGAIN_MS <= now_ms]
        if passed:
            await self.log.publish([self.telemetry.traced(self.service.name, event) for event in passed])
            self.telemetry.said(passed)
            for event in passed:
                self._said[event.id] = now_ms
                self._said.move_to_end(event.id)
        self._drop(now_ms)
        return len(passed)  # While some are due and not heard yet, the page may hide others: the next tick looks again.

    def _drop(self, now_ms: int) -> None:
        """What was said so long ago that it would be said again; and the oldest, where there are too many."""
        while self._said:
            said = next(iter(self._said.values()))
            if len(self._said) <= MOST_SAID and said + SAY_AGAIN_MS > now_ms:
                return
            self._said.popitem(last=False)

    async def _first(self, place: Place) -> int:
        """When the next deadline of a partition is over, said or not. Streams without one are not looked at: they are
        nearly all there are, and not every server stops at the first of them."""
        found = await self.store.find(STREAMS, "due", (place.partition,), until=NEVER, limit=1)
        return min((int(document.index["due"] or 0) for document in found), default=NEVER)

    def forget(self) -> None:
        """Nothing is sure any more; what is due may be said again."""
        self._said.clear()
        self._look.clear()
