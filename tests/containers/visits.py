"""Whole visits from outside, as kiosks and desks live through them whatever befalls the services meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from deploy.demo.mischief.stage import Stage
from deploy.edges import Edges
from shared.envelope import Envelope
from shared.events.edge import VisitCloseRequested
from shared.runtime.log import LogUnavailable
from tests.containers.deployment import Deployment
from tests.support.whole_visit import done_acts, somebody_in

AGAIN = 0.2
"""Seconds before a desk that reached nobody tries again."""


class SentHomeError(Exception):
    """Registration was refused: its time was over before the services could answer."""


async def visited(here: Deployment) -> str:
    """One visit, until it is closed; the card's key. Nothing is done before the registration is answered."""
    async with somebody_in(here) as stage:
        registration, *acts = done_acts(stage)
        await said(here, [registration])
        if (answer := await stage.settled(registration.id))["status"] != "answered":
            raise SentHomeError(answer["code"])
        await said(here, acts)
        while (await stage.settled(await closing(here, stage)))["status"] != "answered":
            # It was too early: something was not done yet.
            continue
        return stage.resident.key


async def closing(here: Deployment, stage: Stage) -> str:
    """Ask to close the visit; the request's id."""
    asked = stage.scene.edges.sign(stage.made(VisitCloseRequested))
    await said(here, [asked])
    return asked.id


async def said(here: Deployment, envelopes: Sequence[Envelope]) -> None:
    """A kiosk keeps what was not acknowledged, and sends it again: the same requests, with the same ids."""
    while True:
        try:
            async with Edges(here.here.access("edge"), here.city.terminal_key) as edges:
                return await edges.publish(envelopes)
        except (LogUnavailable, KafkaError):
            await asyncio.sleep(AGAIN)


@asynccontextmanager
async def meanwhile(here: Deployment, at_once: int = 2) -> AsyncIterator[list[str]]:
    """Visits go on, so many at the same time, for as long as the block lasts; then those under way are ended. Yields
    the cards whose visit is whole. One that fails ends the block, and says why; who is sent home, or finds no desk that
    reaches the broker, does not come again, and the next one does."""
    done, leaving = list[str](), asyncio.Event()

    async def come() -> None:
        while not leaving.is_set():
            try:
                done.append(await visited(here))
            except (SentHomeError, LogUnavailable):
                await asyncio.sleep(AGAIN)

    async with asyncio.TaskGroup() as coming:
        for _ in range(at_once):
            coming.create_task(come())
        try:
            yield done
        finally:
            leaving.set()
