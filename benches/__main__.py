"""Measure: `python -m benches`, `--only NAME` for some, `--json FILE`, `--document` to put figures into the document.

Each bench is a module with a coroutine `measure`. They run one after another, in one process with the services' event
loop and interpreter settings, so that whatever is compared runs under the same.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from benches import report
from benches.measure import Measured
from shared.interpreter import tune

BENCHES = (
    "ingest",
    "rebuild",
    "history",
    "runtime_cpu",
    "latency",
    "guide_stream",
    "archive_read",
    "cards",
    "scale",
    "visits",
)

out, err = Console(), Console(stderr=True)


def bench(
    *,
    only: Annotated[list[str], typer.Option(help=f"One of {', '.join(BENCHES)}; may be given again.")] = [],  # noqa: B006
    json: Annotated[Path | None, typer.Option(help="Where the figures go, instead of .onecard/bench.")] = None,
    document: Annotated[
        bool, typer.Option("--document", help="Put the last figures into docs/performance.md.")
    ] = False,
) -> None:
    """Measure everything, show it, keep it. With --document alone, nothing is measured."""
    if unknown := set(only) - set(BENCHES):
        raise typer.BadParameter(f"no bench is called {', '.join(sorted(unknown))}", param_hint="--only")
    if not document:
        names = [name for name in BENCHES if not only or name in only]
        found = measured(names)
        report.show([one for all_ in found.values() for one in all_], out)
        err.print(f"Kept in {report.write(found, json)}", highlight=False)
        if failed := [name for name in names if name not in found]:
            err.print(f"Not measured, for the reasons above: {', '.join(failed)}", highlight=False)
            raise typer.Exit(1)
    else:
        err.print(f"Wrote {report.document(json)}", highlight=False)


def measured(names: Sequence[str]) -> dict[str, Sequence[Measured]]:
    """What each of the benches found. One that fails says why, and the others go on."""
    tune()
    found: dict[str, Sequence[Measured]] = {}
    for name in names:
        begun = time.perf_counter()
        try:
            with err.status(f"measuring {name} …"):
                found[name] = uvloop.run(import_module(f"benches.{name}").measure())
        except Exception:  # noqa: BLE001 - an hour's other figures are not lost for it
            err.print_exception()
            continue
        err.print(f"{name}: {time.perf_counter() - begun:.0f} s", highlight=False)
        # What was measured is shown at once: a later bench may fail.
        report.show(found[name], err)
    return found


if __name__ == "__main__":
    typer.run(bench)
