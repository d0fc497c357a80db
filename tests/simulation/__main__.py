"""Simulate cities under seeds: every service, one scheduler, its own clock, and everything that can go wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.jars import CHECKOUT
from tests.simulation.fleet import Failure, Run, run
from tests.simulation.life import lived
from tests.simulation.moves import dump, load
from tests.simulation.report import as_json, print_run
from tests.simulation.tally import Tally

FOLDER = CHECKOUT / ".onecard" / "simulation"


def simulate(
    *,
    seed: Annotated[int | None, typer.Option(min=0, help="Only this one.")] = None,
    seeds: Annotated[int, typer.Option(min=0, help="So many, from --first on; 0 for as many as --minutes let.")] = 0,
    minutes: Annotated[
        float, typer.Option(min=0.01, help="Begin seeds for so long, unless --seeds says how many.")
    ] = 1,
    first: Annotated[int, typer.Option(min=0, help="The first seed.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    again: Annotated[Path | None, typer.Option(help="Live a schedule from a file, not from a seed.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Live through seeds and judge what each leaves behind. Status 0: nothing is ever wrong. 1: something is."""
    if again is not None:
        found = _again(again)
    else:
        if seed is not None:
            first, seeds, workers = seed, 1, 1
        found = _run(first, seeds, minutes * 60, workers, quiet=json)
    folder = FOLDER if again is None else None
    for failure in found.failures:
        if failure.smallest is not None and folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"seed-{failure.seed}.jsonl").write_text(dump(failure.smallest))
    if json:
        typer.echo(as_json(found))
    else:
        print_run(found, folder)
    raise typer.Exit(1 if found.failures else 0)


def _run(first: int, seeds: int, seconds: float, workers: int, *, quiet: bool) -> Run:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[seeds]} seeds"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task("simulating", total=seeds or seconds, seeds=0)

        def told(done: int, passed: float) -> None:
            bar.update(task, completed=done if seeds else min(passed, seconds), seeds=done)

        return run(first=first, seeds=seeds, seconds=seconds, workers=workers, told=told)


def _again(path: Path) -> Run:
    try:
        schedule = load(path.read_text().splitlines())
    except (OSError, ValueError, KeyError, TypeError) as error:
        typer.echo(f"{path} is no schedule of a simulation: {type(error).__name__}: {error}", err=True)
        raise typer.Exit(2) from error
    wrong, tally, _ = lived(schedule)
    total = Tally()
    total.add(tally)
    return Run(total, [Failure(schedule.seed, wrong, smallest=schedule)] if wrong else [])


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(simulate)
    app(prog_name="python -m tests.simulation")
