"""What a run prints: what it went through, and every failure with the smallest schedule that shows it."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.simulation.fleet import Failure, Run
from tests.simulation.moves import dump
from tests.simulation.tally import POINTS

MOST_WRONG = 5


def print_run(found: Run, folder: Path | None) -> None:
    """Tables, then failures."""
    out = Console(soft_wrap=True, highlight=False)
    tally = found.tally
    out.print(
        _table(
            "simulation",
            {
                "seeds": tally.seeds,
                "seeds per minute": _rate(found),
                "log events in all": tally.events,
                "fewest in a seed": tally.fewest,
                "copies on the log, heard by nobody twice": tally.copies,
                "lost compare-and-set races": tally.conflicts,
                "dead letters left, exactly the poisoned": tally.letters,
                "failures": len(found.failures),
            },
        )
    )
    out.print(_table("faults that struck", dict(tally.faults.most_common())))
    points = Table("point of a batch", "passed", "crashed there", title="numbered steps")
    for point in POINTS:
        points.add_row(point, str(tally.points[f"batch {point}"]), str(tally.crashes[f"batch {point}"]))
    out.print(points)
    if never := tally.never_crashed():
        out.print(f"nobody crashed {', '.join(never)}: live through more seeds")
    for failure in found.failures:
        _print_failure(out, failure, folder)


def as_json(found: Run) -> str:
    """All of it, for programs."""
    tally = found.tally
    failures = [
        {"seed": one.seed, "wrong": one.wrong, "schedule": dump(one.smallest).splitlines() if one.smallest else None}
        for one in found.failures
    ]
    ended = {"seconds": round(found.seconds, 1), "per_minute": _rate(found), "failures": failures}
    return json.dumps({**vars(tally), **ended})


def _rate(found: Run) -> int:
    return round(found.tally.seeds * 60 / found.seconds) if found.seconds else 0


def _table(title: str, rows: dict[str, int]) -> Table:
    table = Table(title=title, show_header=False)
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


def _print_failure(out: Console, failure: Failure, folder: Path | None) -> None:
    out.rule(f"seed {failure.seed} is red")
    for text in failure.wrong[:MOST_WRONG]:
        out.print(text, markup=False)
    if len(failure.wrong) > MOST_WRONG:
        out.print(f"… and {len(failure.wrong) - MOST_WRONG} more")
    if failure.smallest is not None:
        out.print(f"the smallest schedule that is still red ({len(failure.smallest.moves)} moves):")
        out.print(dump(failure.smallest), markup=False)
    out.print(f"again: python -m tests.simulation --seed {failure.seed}")
    if failure.smallest is not None and folder is not None:
        out.print(f"again, the smallest: python -m tests.simulation --again {folder}/seed-{failure.seed}.jsonl")
