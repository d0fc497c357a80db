"""What a run of the benches found: as JSON, as a table on the screen, and as the figures of docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benches.measure import FOLDER, Measured
from deploy.local.jars import CHECKOUT
from shared.events.base import SHANGHAI

DOCUMENT = CHECKOUT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
COLUMNS = ("measure", "unit", "ours", "other", "ratio", "spread", "runs", "bound", "met")

Row = dict[str, Any]


def write(found: dict[str, Sequence[Measured]], path: Path | None) -> Path:
    """Leave everything measured in a JSON file, by default one named after the moment; its path."""
    now = datetime.now(SHANGHAI)
    path = path or FOLDER / f"{now:%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"bench": bench, **asdict(one)} for bench, all_ in found.items() for one in all_]
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(os.getloadavg()[2], 1)}
    written = {"at": now.isoformat(timespec="seconds"), "machine": machine, "measured": rows}
    path.write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def show(found: Iterable[Measured], console: Console) -> None:
    """The table, and under it what the figures that stand for themselves are made of."""
    rows = [asdict(one) for one in found]
    table = Table(title="Benches", title_justify="left", header_style="bold")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in {"measure", "unit", "met"} else "right", overflow="fold")
    for row in rows:
        table.add_row(*cells(row))
    console.print(table)
    for row in rows:
        if row.get("detail"):
            console.print(f"{row['name']}: {detail(row)}", highlight=False)


def document(source: Path | None = None) -> Path:
    """Put the figures of a run, by default of the last, into the document."""
    source = source or max(FOLDER.glob("*.json"), key=lambda path: path.stat().st_mtime, default=None)
    if source is None:
        raise FileNotFoundError("nothing was measured yet; run the benches first")
    written = json.loads(source.read_text(encoding="utf-8"))
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    figures = "\n".join(_lines(written))
    DOCUMENT.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")
    return DOCUMENT


def _lines(written: dict[str, Any]) -> Iterator[str]:
    machine = written["machine"]
    yield (
        f"Measured {written['at']} on {machine['cores']} cores, Python {machine['python']}; load average of the last "
        f"quarter of an hour at the end: {machine['load']}."
    )
    yield ""
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"|{'---|' * len(COLUMNS)}"
    for row in written["measured"]:
        yield f"| {' | '.join(cells(row))} |"
    for row in written["measured"]:
        if row.get("detail"):
            yield f"\n{row['name']}: {detail(row)}."


def cells(row: Row) -> tuple[str, ...]:
    """One measure as its row; a figure that stands for itself has no other and no ratio."""
    if "ratio" not in row:
        spread = f"{number(row['least'])}–{number(row['most'])}"
        bound = row.get("bound", "report")
        return (row["name"], row["unit"], number(row["value"]), "", "", spread, str(row["runs"]), bound, verdict(row))
    spread = f"{row['least']:.2f}–{row['most']:.2f}"
    ours, other = number(row["ours"]), number(row["other"])
    ratio = f"{row['ratio']:.2f}"
    return (row["name"], row["unit"], ours, other, ratio, spread, str(row["runs"]), row["bound"], verdict(row))


def verdict(row: Row) -> str:
    """Met, or by how much not."""
    if row.get("met") is None:
        return ""
    if row["met"]:
        return "yes"
    bound, found = float(row["bound"].split()[1]), row["ratio"] if "ratio" in row else row["value"]
    short = bound / found if row["bound"][0] == "≥" else found / bound
    return f"no, by a factor of {short:.2f}"


def detail(row: Row) -> str:
    """What a figure is made of, the largest part first."""
    parts = sorted(row["detail"].items(), key=lambda part: -part[1])
    return f"{row['detail_of']}: " + ", ".join(f"{name} {number(value)}" for name, value in parts)


def number(value: float) -> str:
    """Three digits are enough, and more would pretend."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
