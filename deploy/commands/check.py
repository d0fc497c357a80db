"""`onecard check`: does the log keep its promises, and is the archive what the log says?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.check import Result
from deploy.check import check as judge
from deploy.commands import shown
from deploy.commands.here import FOLDER, here
from deploy.commands.shown import AsJson, err, out
from deploy.commands.up import Folder


def check(
    *,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Also run every decider over the log again and compare what they say.")
    ] = False,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Judge the log up to its present end. Status 0: clean; 1: something is wrong; 3: only held or parked is left."""
    found = shown.run(_check(folder, recompute=recompute, quiet=json))
    if json:
        shown.as_json(found.as_json())
    else:
        print_result(found)
    raise typer.Exit(found.status)


def print_result(found: Result, most: int = 100) -> None:
    """Where the card was taken; every finding in words, with its event ids; then the verdict."""
    print_uses(found)
    for one in (*found.wrong, *found.parked, *found.held, *found.pending, *found.given_up)[:most]:
        style = "red" if one.standing == "wrong" else "yellow"
        shown.say((one.standing, style), f" {one.words} {' '.join(one.events)} {one.service}")
    counts = ", ".join(f"{count} {name}" for name, count in sorted(found.counts.items()))
    verdict = {0: "[green]Nothing is wrong[/]", 1: "[red]Something is wrong[/]", 3: "[yellow]Something waits[/]"}
    out.print(f"{verdict[found.status]}: {counts}.")


def print_uses(found: Result) -> None:
    """In how many visits each step was done, in how many the card was taken at it, and by how many steps a visit."""
    if found.uses is None:
        return
    told = found.uses.as_json()
    columns = ("step", "done in visits", "card taken in", "first without a card")
    rows = [
        (f"{one['zh']} {one['en']}", one["done"], one["taken"], " ".join(one["without"][:1])) for one in told["steps"]
    ]
    shown.table("The card at every step", columns, rows, right=columns[1:3])
    many = ", ".join(f"{visits} at {steps}" for steps, visits in told["histogram"].items() if visits)
    out.print(f"{told['visits']} visits took the card at so many steps: {many or 'none'}.")


async def _check(folder: Path, *, recompute: bool, quiet: bool) -> Result:
    running = here(folder)
    secret = (running.secrets / "terminal-master.key").read_bytes()
    with err.status("reading the log …") as shown_status:

        def progress(what: str, done: int, total: int) -> None:
            if not quiet:
                shown_status.update(f"{what}: {done:,} of {total:,}")

        return await judge(
            running.access("operator"), running.urls, recompute=recompute, reference=running.reference, secret=secret,
            token=running.token(), progress=progress,
        )  # fmt: skip
