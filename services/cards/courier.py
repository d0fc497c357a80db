"""From the vault to the log and back: what is pending is sent, and sent again, until its outcome shows.

A row is pending before its request leaves, and settled after its outcome stands in the card's own stream; a crash
anywhere between leaves it pending, and whoever runs next goes on. Intake says nothing to a request that comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

from services.cards.edge import Edge
from services.cards.state import State
from services.cards.vault import Row, Vault
from shared.envelope import Envelope
from shared.events.base import SHANGHAI
from shared.runtime.changes import Changes
from shared.runtime.store import Document, Store

Publish = Callable[[Sequence[Envelope]], Awaitable[None]]
LOOK_AFTER = timedelta(seconds=3)
SEND_AFTER = timedelta(seconds=60)
POLL = 0.5


class Standings:
    """What the service itself knows of cards: the states of its streams."""

    def __init__(self, store: Store, decode: Callable[[Document], State]) -> None:
        self._store, self._decode = store, decode

    async def of(self, cards: Collection[str]) -> dict[str, State]:
        """The states of the cards that have one, by card key."""
        found = await self._store.load("streams", [f"{card}/card" for card in cards])
        return {id.partition("/")[0]: self._decode(document) for id, document in found.items()}


class Courier:
    """Sends what is pending and settles what is answered."""

    def __init__(self, vault: Vault, edge: Edge, *, publish: Publish, standings: Standings, changes: Changes) -> None:
        self.vault, self.edge, self.standings = vault, edge, standings
        self._publish, self._changes = publish, changes
        self._sent_again: datetime | None = None

    async def send(self, rows: Sequence[Row]) -> None:
        """Send what is pending on these rows; returns when the log has it. LogUnavailable when it may not have it."""
        if envelopes := [self.edge.envelope(row) for row in rows if row.pending]:
            await self._publish(envelopes)

    async def settle(self, rows: Sequence[Row]) -> list[Row]:
        """The rows as they are after this look: those whose outcome shows are settled, durably."""
        states = await self.standings.of({row.card for row in rows if row.pending})
        after = [_settled(row, states.get(row.card)) for row in rows]
        changed = [new for old, new in zip(rows, after, strict=True) if new is not old]
        if changed:
            # Whoever was faster settled it to the same: an outcome is the log's.
            await self.vault.save(changed)
        return after

    async def settled(self, row: Row, within: float) -> Row:
        """The row once its outcome shows, or as it is after so many seconds."""
        ends = asyncio.get_running_loop().time() + within
        with self._changes.listen(f"{row.card}/card") as listener:
            while True:
                [row] = await self.settle([row])
                left = ends - asyncio.get_running_loop().time()
                if row.pending is None or left <= 0:
                    return row
                # Another process may own the card, and nobody here is told then.
                await listener.changed(min(POLL, left))

    async def round(self, now: datetime) -> int:
        """Once over all that is pending for longer than it should; how many rows are left so.

        Nothing is sent again more often than once in SEND_AFTER: while intake is away, all of a city may be pending.
        """
        left, again = 0, self._sent_again is None or now - self._sent_again >= SEND_AFTER
        if again:
            self._sent_again = now
        async for rows in self.vault.pending(_at(now - LOOK_AFTER)):
            waiting = [row for row in await self.settle(rows) if row.pending]
            if again:
                await self.send([row for row in waiting if row.pending and row.pending.at < _at(now - SEND_AFTER)])
            left += len(waiting)
        return left

    async def rounds(self, failed: Callable[[Exception], None]) -> None:
        """For ever, the store and the log permitting."""
        while True:
            try:
                await self.round(datetime.now(UTC))
            except Exception as error:  # noqa: BLE001 - store or broker away: say so and go round again
                failed(error)
            await asyncio.sleep(1)


def _settled(row: Row, state: State | None) -> Row:
    if row.pending is None or state is None or row.pending.id not in state.answers:
        return row
    return row.settled(state.answers[row.pending.id])


def _at(moment: datetime) -> str:
    """As `Pending.at` is written, so that text sorts as time does."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="milliseconds")
