"""Rehearse the worst day: `python -m tests.faults --seed 1`."""

from __future__ import annotations

import json as texts
import shutil
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local.jars import CHECKOUT
from tests.faults.cell import run_cell
from tests.faults.kinds import KINDS, REVEALED_BY, SHORT, drawn
from tests.faults.report import Report, tables
from tests.faults.struck.sabotage import SABOTAGES

STORES, BROKERS = ("sqlite", "mongodb"), (1, 3)

out, err = Console(), Console(stderr=True)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Seed = Annotated[
    int, typer.Option(help="Draws the faults, the people and what they do; if odd, an insurer settles bills.")
]
Folder = Annotated[Path, typer.Option(help="Where reports, histories and the platform's data lie.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
FOLDER = CHECKOUT / ".onecard" / "faults"


@app.callback(invoke_without_command=True)
def faults(
    context: typer.Context,
    *,
    seed: Seed = 1,
    store: Annotated[str, typer.Option(help="sqlite, mongodb, or all.")] = "all",
    brokers: Annotated[str, typer.Option(help="1, 3 (replication 3, two in sync), or all.")] = "all",
    faults: Annotated[int, typer.Option(help="How many faults in each run; 0 for the short run.")] = 27,
    sabotage: Annotated[str, typer.Option(help=f"Take a protection away: {', '.join(SABOTAGES)}.")] = "",
    only: Annotated[str, typer.Option(help="Kinds of faults instead of those drawn, with commas.")] = "",
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Faults under load on real brokers and stores. Status 0: nothing lost, doubled or wrong; 1: something is."""
    if context.invoked_subcommand:
        return
    cells = product(_among("store", store, STORES), map(int, _among("brokers", brokers, BROKERS)))
    _among("sabotage", sabotage or "all", tuple(SABOTAGES))
    named = _among("kind of fault", only.replace(",", "\n") or "all", tuple(KINDS)) if only else ()
    found = []
    for one_store, count in cells:
        kinds = named or (drawn(seed, one_store, faults) if faults else SHORT)
        found.append(_run(folder, kinds, seed, one_store, count, sabotage))
        for table in () if json else tables(found[-1]):
            out.print(table)
        for line in () if json else found[-1].first:
            out.print(line, markup=False)
    if json:
        print(texts.dumps([one.as_json() for one in found], indent=2))
    raise typer.Exit(any(one.red for one in found))


@app.command()
def controls(*, seed: Seed = 1, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Per protection, what of the short run must show that it is gone. Status 0: all turned red; 1: one did not."""
    found = [_run(folder, REVEALED_BY[sabotage], seed, "sqlite", 1, sabotage) for sabotage in SABOTAGES]
    if json:
        print(texts.dumps([one.as_json() for one in found], indent=2))
    else:
        table = Table("without", "verdict", "what was found", title="Negative controls", title_justify="left")
        for one in found:
            what = ", ".join(f"{count} {word}" for word, count in one.wrong.most_common())
            table.add_row(one.sabotage, "red" if one.red else "GREEN: THE HARNESS IS BLIND", what)
        out.print(table)
    raise typer.Exit(not all(one.red for one in found))


def _run(folder: Path, kinds: Sequence[str], seed: int, store: str, brokers: int, sabotage: str) -> Report:  # noqa: PLR0917
    name = "-".join(part for part in (str(seed), store, str(brokers), sabotage) if part)
    shutil.rmtree(folder / name, ignore_errors=True)
    run = run_cell(folder / name, kinds, seed=seed, store=store, brokers=brokers, sabotage=sabotage, tell=err.print)
    report = uvloop.run(run)
    (folder / f"{name}.json").write_text(texts.dumps(report.as_json(), indent=2) + "\n")
    return report


def _among(what: str, named: str, known: Sequence[object]) -> list[str]:
    """The ones that are named, one a line, or all."""
    names = [str(one) for one in known]
    found = names if named == "all" else named.split("\n")
    for one in found:
        if one not in names:
            raise typer.BadParameter(f"there is no {what} {one}; there are {', '.join(names)}")
    return found


if __name__ == "__main__":
    app(prog_name="python -m tests.faults")
