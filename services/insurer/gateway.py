"""From the log to the insurer and back: what waits is asked, and asked again until billing has an outcome.

What waits stands in the service's own documents, so a crash anywhere loses nothing: whoever runs next asks again, the
insurer knows the bill by its id, and the same answer is the same request. What was asked when is remembered by the
process alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple

from services.insurer.edge import Answer, Edge
from services.insurer.port import Insurer
from services.insurer.shapes import Claim, NoAnswer, Reversal, Settled, Unknown, fits
from services.insurer.state import WAITS, State, Wanted
from shared.envelope import Envelope
from shared.runtime.changes import Changes
from shared.runtime.store import Document, Store

Publish = Callable[[Sequence[Envelope]], Awaitable[None]]
PAGE = 50
LONGEST = 20.0
"""Seconds one call of the insurer may take."""
FIRST, MOST = 2.0, 900.0
"""Seconds until what has no outcome is asked again: twice as long each time, up to a quarter of an hour."""
POLL = 1.0


class Next(NamedTuple):
    """When what waits is asked next, and how long after that it would be asked again."""

    at: float
    pause: float


class Gateway:
    """Asks the insurer about all that waits."""

    def __init__(
        self,
        insurer: Insurer,
        edge: Edge,
        *,
        store: Store,
        decode: Callable[[Document], State],
        publish: Publish,
        changes: Changes,
    ) -> None:
        self.insurer, self.edge = insurer, edge
        self._store, self._decode, self._publish, self._changes = store, decode, publish, changes
        self._next: dict[str, Next] = {}

    async def round(self, now: float) -> int:
        """Ask about all that is due, a page at a time; how much waits."""
        waits: dict[str, Next] = {}
        async for page in self._pages():
            due = [one for one in page if self._of(one).at <= now]
            said = await asyncio.gather(*(asked(self.insurer, one.claim) for one in due))
            if due:
                await self._publish([self.edge.envelope(one, answer) for one, answer in zip(due, said, strict=True)])
            waits |= {one.event: self._of(one) for one in page}
            waits |= {one.event: _later(self._of(one), now) for one in due}
        self._next = waits
        return len(waits)

    async def rounds(self, failed: Callable[[Exception], None]) -> None:
        """For ever, the store and the log permitting: at once when something new waits."""
        clock = asyncio.get_running_loop().time
        with self._changes.listen(WAITS) as listener:
            while True:
                try:
                    await self.round(clock())
                except Exception as error:  # noqa: BLE001 - store or broker away: say so and go round again
                    failed(error)
                    await asyncio.sleep(POLL)
                await listener.changed(POLL)

    def _of(self, wanted: Wanted) -> Next:
        return self._next.get(wanted.event, Next(0.0, FIRST))

    async def _pages(self) -> AsyncIterator[list[Wanted]]:
        after: tuple[int, str] | None = None
        while True:
            found = await self._store.find("streams", WAITS, (WAITS,), after=after, limit=PAGE)
            yield [wanted for one in found for wanted in self._decode(one).open.values()]
            if len(found) < PAGE:
                return
            since = found[-1].index["since"]
            after = (since if isinstance(since, int) else 0, found[-1].id)


async def asked(insurer: Insurer, claim: Claim | Reversal) -> Answer:
    """What the insurer says. A bill is settled only after what would be paid fits it."""
    try:
        async with asyncio.timeout(LONGEST):
            return await (insurer.reverse(claim) if isinstance(claim, Reversal) else _settled(insurer, claim))
    except TimeoutError:
        return Unknown("timeout")
    except Exception as error:  # noqa: BLE001 - an adapter that fails knows as little as one that does not answer
        return Unknown(type(error).__name__)


async def _settled(insurer: Insurer, claim: Claim) -> Settled | NoAnswer:
    before = await insurer.pre_settle(claim)
    if isinstance(before, Settled):
        return await insurer.settle(claim) if fits(claim, before) else Unknown("unfit")
    return before


def _later(one: Next, now: float) -> Next:
    return Next(now + one.pause, min(2 * one.pause, MOST))
