"""Everybody of a demo is issued their card by the card authority, as a city's residents are, before they come in."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx

from deploy.commands.here import Here
from deploy.demo.residents import ID_CARD, Resident
from deploy.http import client
from services.cards.registry import COLUMNS, POPULATION

PAGE = 200
AT_ONCE = 4
"""Pages under way at the same time."""
PATIENCE = 120.0
"""Seconds within which every card is issued."""


async def issue(here: Here, people: Iterable[Resident], *, temporary: Collection[str] = ()) -> None:
    """Return when each of them has a card: those of these keys a temporary one, and are in the register only then.
    TimeoutError after two minutes; RuntimeError if somebody is refused."""
    known = [one for one in {one.key: one for one in people}.values() if one.document]
    register(here.secrets / POPULATION, (one for one in known if one.key not in temporary))
    free = asyncio.Semaphore(AT_ONCE)
    async with asyncio.timeout(PATIENCE), client(base_url=here.urls["cards"], headers=here.shows) as asking:

        async def issued(page: Sequence[Resident]) -> None:
            async with free:
                await _issued(asking, page, temporary)

        await asyncio.gather(*(issued(known[at : at + PAGE]) for at in range(0, len(known), PAGE)))
    register(here.secrets / POPULATION, (one for one in known if one.key in temporary))


def register(file: Path, people: Iterable[Resident]) -> None:
    """Enter them in the population register of this machine."""
    file.touch(mode=0o600)
    new = not file.stat().st_size
    with file.open("a", newline="", encoding="utf-8") as lines:
        out = csv.writer(lines, lineterminator="\n")
        if new:
            out.writerow(COLUMNS)
        out.writerows((ID_CARD, one.document, one.name) for one in people)


async def _issued(asking: httpx.AsyncClient, page: Sequence[Resident], temporary: Collection[str]) -> None:
    """A page that is sent again changes nothing, so it is sent until it says that all have a card."""
    rows = [
        {"id_type": ID_CARD, "id_number": one.document, "name": one.name}
        | {"standing": "temporary" if one.key in temporary else "formal"}
        for one in page
    ]
    while True:
        answer = await asking.post("/applications/page", json={"applications": rows})
        told: list[dict[str, Any]] = answer.json()["answers"] if answer.status_code == 200 else []
        codes = {one["code"] for one in told}
        if codes == {"card_exists"}:
            return
        if refused := codes - {"card_exists", "pending"}:
            raise RuntimeError(f"a resident was refused a card: {', '.join(sorted(refused))}")
        await asyncio.sleep(0.3)
