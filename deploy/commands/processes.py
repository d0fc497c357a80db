"""`onecard restart SERVICE`, `onecard add SERVICE`: the processes of a service on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from deploy.commands import shown
from deploy.commands.elsewhere import here_alone
from deploy.commands.here import FOLDER, here
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder
from deploy.local.control import order
from shared.events import SERVICES

Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")]


def restart(service: Service, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Stop a service after what it has in hand, and start it: it reads secrets and reference data anew."""
    instead = f"docker compose restart {service}"
    _show(shown.run(_ordered(folder, ("stop", "start"), service, instead)), "runs again", json=json)


def add(service: Service, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Start one more process of a service until this platform stops; it takes its share of the partitions."""
    instead = f"docker compose up -d --scale {service}=2"
    _show(shown.run(_ordered(folder, ("add",), service, instead)), "runs", json=json)


async def _ordered(folder: Path, orders: Sequence[str], service: str, instead: str) -> dict[str, str]:
    running, urls = here(folder), dict[str, str]()
    here_alone(running, instead)
    for do in orders:
        urls = await order(Path(running.folder), do, service)
    return urls


def _show(urls: dict[str, str], words: str, *, json: bool) -> None:
    if json:
        shown.as_json(urls)
        return
    for name, url in urls.items():
        shown.say((name, "bold"), f" {words} at {url}")
