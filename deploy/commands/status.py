"""`onecard status`: services, lag, parked streams and dead letters at a glance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import typer

from deploy.commands import shown
from deploy.commands.here import FOLDER, here
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder
from deploy.http import client, dead_letters, parked


def status(*, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Is everything ready, and does anything wait for people? Status 0 when all is well, 1 otherwise.

    What waits are dead letters and parked streams; irregular acts are at the desks (`onecard reconcile list`).
    """
    found = shown.run(_status(folder))
    if json:
        shown.as_json(found)
    else:
        rows = [
            (one["service"], "ready" if one["ready"] else "NOT READY", one["lag"], one["parked"], one["dead_letters"],
             "; ".join(f"{part}: {why}" for part, why in one["problems"].items()))
            for one in found
        ]  # fmt: skip
        columns = ("service", "state", "lag", "parked", "dead letters", "problem")
        shown.table("OneCard", columns, rows, right=("lag", "parked", "dead letters"))
    raise typer.Exit(0 if all(_well(one) for one in found) else 1)


async def _status(folder: Path) -> list[dict[str, Any]]:
    async with client(timeout=5) as asking:
        return [await _of(asking, service, url) for service, url in here(folder).urls.items()]


def _well(one: dict[str, Any]) -> bool:
    return one["ready"] and not one["parked"] and not one["dead_letters"]


async def _of(asking: httpx.AsyncClient, service: str, url: str) -> dict[str, Any]:
    """One service; -1 for what it does not tell. One whose store is away says so itself, and can't count."""
    found: dict[str, Any] = {"service": service, "ready": False, "lag": -1, "parked": -1, "dead_letters": -1}
    try:
        body = (await asking.get(f"{url}/readyz")).json()
    except httpx.HTTPError as away:
        return {**found, "problems": {"process": f"does not answer ({type(away).__name__})"}}
    found |= {name: body[name] for name in ("ready", "lag", "problems")}
    try:
        found["parked"] = len([stream async for stream in parked(asking, url)])
        found["dead_letters"] = len([letter async for letter in dead_letters(asking, url)])
    except httpx.HTTPError as away:
        found["problems"] = {**found["problems"], "operations": f"can't be counted ({type(away).__name__})"}
    return found
