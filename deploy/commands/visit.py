"""`onecard visit`: one resident's visit, step by step as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.commands import shown
from deploy.commands.archive import entries_of, print_entries
from deploy.commands.here import FOLDER, Here, NothingRunsError, here
from deploy.commands.shown import AsJson, out
from deploy.commands.steps import in_words
from deploy.commands.up import Folder, platform_here
from deploy.commands.why import print_why
from deploy.commands.why import why as why_waiting
from deploy.demo.prepared import city_here
from deploy.demo.proportions import KINDS
from deploy.demo.visit import Seen, one_visit

ATTENDED = {
    "outpatient": ("门诊", "outpatient visit"),
    "emergency": ("急诊", "emergency visit"),
    "inpatient": ("住院", "stay in hospital"),
    "checkup": ("体检", "check-up"),
}
STYLES = {"refused": "yellow", "irregular": "red", "answered": "green", "admitted": "green"}


def visit(
    id: Annotated[str, typer.Argument(help="With --why: the id of a visit, which is that of its registration.")] = "",
    *,
    why: Annotated[bool, typer.Option("--why", help="Show what a visit waits for, instead of playing one.")] = False,
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")] = "outpatient",
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same resident and story.")] = None,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """One visit on the platform that runs here, or on one brought up for it. Status 0 when it ended as it should."""
    if why or id:
        waiting = shown.run(why_waiting(folder, id))
        shown.as_json(waiting) if json else print_why(waiting)
        return
    if kind not in KINDS:
        raise typer.BadParameter(f"a visit is one of {', '.join(KINDS)}", param_hint="--kind")
    raise typer.Exit(shown.run(_visit(folder, kind, seed, json=json)))


async def _visit(folder: Path, kind: str, seed: int | None, *, json: bool) -> int:
    steps: list[dict[str, Any]] = []

    def show(step: Seen) -> None:
        if not json and step.visit and step.visit not in {one["visit"] for one in steps}:
            print_visit(step)
        steps.append(asdict(step))
        if not json:
            print_step(step)

    async with _running(folder) as running:
        outcome = await one_visit(running, city_here(running.secrets), kind=kind, on_step=show, seed=seed)
        entries = await entries_of(running.urls["records"], outcome.card)
        if json:
            shown.as_json({**asdict(outcome), "steps": steps, "archive": entries})
        else:
            print_entries(entries)
            out.print(f"The visit is {outcome.status}, after {outcome.seconds:.1f} s. Card key: {outcome.card}")
    return 0 if outcome.status in ("closed", "cancelled") else 1


def print_visit(step: Seen) -> None:
    """Where the next visit is, and of which kind."""
    zh, en = ATTENDED[step.kind]
    shown.say((f"{zh} {en} · {step.place[0]} {step.place[1]}", "bold"))


def print_step(step: Seen) -> None:
    """One line: when, who, what was asked, what came back, how fast."""
    style = STYLES.get(step.status, "")
    waited = " (waited)" if step.held else ""
    shown.say(
        f"{step.at:6.2f} s  {step.who[0]} {step.who[1]:<18} {in_words(step.asked):<22} ",
        (step.status, style),
        f"{waited}: {step.words[0]} {step.words[1]} {step.ms} ms",
    )


@asynccontextmanager
async def _running(folder: Path) -> AsyncIterator[Here]:
    try:
        found = here(folder)
    except NothingRunsError:
        async with platform_here(folder) as (_, found):
            yield found
    else:
        yield found
