"""`onecard restart SERVICE`, `onecard add SERVICE`: the processes of a service on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.commands import shown
from deploy.commands.here import FOLDER, here
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder
from deploy.local.control import order
from shared.events import SERVICES

Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")]


def restart(service: Service, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Stop a service after what it has in hand, and start it: it reads secrets and reference data anew."""
    _show(shown.run(_restarted(folder, service)), "runs again", json=json)


def add(service: Service, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Start one more process of a service until this platform stops; it takes its share of the partitions."""
    _show(shown.run(_ordered(folder, "add", service)), "runs", json=json)


async def _restarted(folder: Path, service: str) -> dict[str, str]:
    await _ordered(folder, "stop", service)
    return await _ordered(folder, "start", service)


async def _ordered(folder: Path, do: str, service: str) -> dict[str, str]:
    return await order(Path(here(folder).folder), do, service)


def _show(urls: dict[str, str], words: str, *, json: bool) -> None:
    if json:
        shown.as_json(urls)
        return
    for name, url in urls.items():
        shown.say((name, "bold"), f" {words} at {url}")
