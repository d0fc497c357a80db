"""`onecard reconcile`: acts that were done outside the rules, and how they were set right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from deploy.commands import shown
from deploy.commands.here import FOLDER, here
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder
from deploy.edges import Edges
from deploy.http import client
from shared.events.base import Visit, Where
from shared.events.codes import words
from shared.events.edge import (
    AnyIrregularityResolutionReported,
    CardIrregularityResolutionReported,
    IrregularityResolutionReported,
)
from shared.reference import Reference, Terminal, load
from shared.signature import terminal_key

commands = typer.Typer(no_args_is_help=True, help=__doc__)

Institution = Annotated[str, typer.Option(help="Only acts of this institution.")]


@commands.command("list")
def listed(*, institution: Institution = "", folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Irregular acts that nobody has resolved yet, oldest first."""
    found = shown.run(_listed(folder, institution))
    if json:
        shown.as_json(found)
        return
    rows = [
        (one["request"], one["service"], one["institution"], one["code"], words(one["code"])[1], one["since"])
        for one in found
    ]
    shown.table("To be reconciled", ("act", "service", "institution", "code", "in words", "since"), rows)


@commands.command()
def resolve(
    act: Annotated[str, typer.Argument(help="The id of the act's request, as `reconcile list` shows it.")],
    resolution: Annotated[str, typer.Option("--resolution", "-r", help="How it was set right (no personal data).")],
    *,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Report how an irregular act was set right, from a desk of its institution."""
    found = shown.run(_resolve(folder, act, resolution))
    shown.as_json(found) if json else shown.out.print(f"reported as request {found['request']}")


async def _listed(folder: Path, institution: str) -> list[dict[str, Any]]:
    running = here(folder)
    codes = [institution] if institution else sorted(_everywhere(load(running.reference)))
    async with client(base_url=running.urls["guide"], timeout=30, headers=running.shows) as asking:
        found = [one for code in codes for one in await _of(asking, code)]
    return sorted(found, key=lambda one: str(one["since"]))


def _everywhere(reference: Reference) -> set[str]:
    """Every institution, and whoever else has a terminal, as the card authority does."""
    return {*reference.institutions.rows, *(one.institution for _, one in _terminals(reference))}


def _terminals(reference: Reference) -> Iterator[tuple[str, Terminal]]:
    return ((code, one) for code, rows in reference.terminals.rows.items() for _, one in rows)


async def _of(asking: httpx.AsyncClient, institution: str) -> list[dict[str, Any]]:
    async def page(cursor: str | None) -> dict[str, Any]:
        found: dict[str, Any] = await shown.get(asking, "/irregular", institution=institution, limit=100, cursor=cursor)
        return found

    works = await shown.paged(page, "work", 10_000)
    return [{**item, "card": work["card"], "visit": work["visit"]} for work in works for item in work["items"]]


async def _resolve(folder: Path, act: str, resolution: str) -> dict[str, Any]:
    running = here(folder)
    one = next((one for one in await _listed(folder, "") if one["request"] == act), None)
    if one is None:
        raise LookupError(f"no irregular act {act} waits to be reconciled")
    if one["visit"] and not one["date"]:
        raise LookupError("guide kept this act before it kept days: `onecard rebuild guide` first")
    master = (running.secrets / "terminal-master.key").read_bytes()
    event = resolution_of(one, resolution, dict(_terminals(load(running.reference))))
    async with Edges(running.access("edge"), lambda terminal: terminal_key(master, terminal)) as edges:
        return {"request": await edges.say(event), "irregularity": act, "service": one["service"]}


def resolution_of(
    one: Mapping[str, Any], resolution: str, terminals: Mapping[str, Terminal]
) -> AnyIrregularityResolutionReported:
    """How an act was set right, reported where it was done: about its visit, or about its card where it has none."""
    found = terminals.get(one["terminal"])
    channel = found.kind if found and not one["visit"] else "window"
    where = Where(institution=one["institution"], terminal=one["terminal"], channel=channel, operator="reconciler")
    told = {"service": one["service"], "irregularity": one["request"], "resolution": resolution}
    if not one["visit"]:
        return CardIrregularityResolutionReported(card=one["card"], where=where, **told)
    visit = Visit(id=one["visit"], date=date.fromisoformat(one["date"]))
    return IrregularityResolutionReported(card=one["card"], visit=visit, where=where, **told)
