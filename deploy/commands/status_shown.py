"""How a status looks: a line a process, what is wrong below it, in eighty columns and twenty-four lines."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.commands.here import Here
from shared.runtime.store import MOST_COUNTED

Found = Sequence[dict[str, Any]]

BARS = "▁▂▃▄▅▆▇█"
MOST_PLACES = 4
OLD = 10.0
"""Seconds after which an unhandled record is old enough to be marked: a visit waits for it."""


def picture(
    running: Here,
    found: Found,
    *,
    partitions: bool = False,
    history: Mapping[str, list[int]] | None = None,
) -> RenderableType:
    """The whole of it."""
    table = _partitions(found) if partitions else _processes(found, history or {})
    parts: list[RenderableType] = [_title(running, found), table]
    parts += _problems(found)
    parts += [_advice()] if any(one["parked"] > 0 or one["dead_letters"] > 0 for one in found) else []
    return Group(*parts)


def _title(running: Here, found: Found) -> Text:
    unready = sum(not one["ready"] for one in found)
    waits = any(one["parked"] > 0 or one["dead_letters"] > 0 for one in found)
    verdict = (f"{unready} not ready", "bold red") if unready else ("waits for people", "bold yellow")
    state = verdict if unready or waits else ("all well", "bold green")
    store = running.store.partition(":")[0]
    return Text.assemble(("OneCard", "bold"), "  ", state, (f"  kafka {running.kafka} · {store} · {_clock()}", "dim"))


def _processes(found: Found, history: Mapping[str, list[int]]) -> Table:
    table = _table("service", "state")
    for name in ("up", "v", "lag", "oldest", "parked", "dead letters"):
        table.add_column(name, justify="right", no_wrap=True)
    if history:
        table.add_column("lag lately", no_wrap=True)
    for one in found:
        table.add_row(
            _name(one, found),
            _state(one),
            Text(_since(one["since"]), "dim"),
            Text(one["version"] or "?", "dim"),
            _number(one["lag"], "yellow"),
            _age(one["oldest_seconds"]),
            _waiting(one["parked"]),
            _waiting(one["dead_letters"]),
            *([Text(_bars(history.get(one["process"], [])), "cyan")] if history else []),
        )
    return table


def _partitions(found: Found) -> Table:
    table = _table("service", "state")
    for name in ("lag", "oldest"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("partitions", "partition: behind, oldest"):
        table.add_column(name, overflow="fold")
    for one in found:
        behind = sorted((at for at in one["by_partition"] if at["lag"]), key=lambda at: -float(at["oldest_seconds"]))
        places = [f"{at['partition']}: {at['lag']}, {_long(at['oldest_seconds'])}" for at in behind[:MOST_PLACES]]
        more = [f"and {len(behind) - MOST_PLACES} more"] if len(behind) > MOST_PLACES else []
        owned = _ranges(sorted(at["partition"] for at in one["by_partition"])) or str(one["partitions"] or "none")
        where = "; ".join([*places, *more]) or Text("–", "dim")
        lag, oldest = _number(one["lag"], "yellow"), _age(one["oldest_seconds"])
        table.add_row(_name(one, found), _state(one), lag, oldest, owned, where)
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def _name(one: dict[str, Any], found: Found) -> str:
    """The service; its process where there are several."""
    alone = sum(other["service"] == one["service"] for other in found) == 1
    return str(one["service"] if alone else one["process"])


def _state(one: dict[str, Any]) -> Text:
    return Text("ready", "green") if one["ready"] else Text("NOT READY", "bold red")


def _problems(found: Found) -> list[Text]:
    """A line for everything that is wrong, with whom it is wrong for."""
    whose: dict[tuple[str, str], list[str]] = {}
    for one in found:
        for part, why in one["problems"].items():
            whose.setdefault((part, why), []).append(_name(one, found))
    return [
        Text.assemble(("✗ ", "red"), (_those(names, found), "bold"), (f" {part}: ", "red"), why)
        for (part, why), names in whose.items()
    ]


def _those(names: Sequence[str], found: Found) -> str:
    return "all" if len(names) == len(found) else ", ".join(names)


def _advice() -> Text:
    return Text.assemble(("! ", "yellow"), "`onecard dead-letters list` says what waits for people, and why")


def _number(value: int, style: str) -> Text:
    if value < 0:
        return Text("?", "dim")
    return Text(f"{value:,}", style) if value else Text("0", "dim")


def _waiting(count: int) -> Text:
    """What waits for people; a service stops counting there."""
    return _number(count, "bold red").append("+" if count >= MOST_COUNTED else "", "bold red")


def _age(seconds: float) -> Text:
    if seconds < 0:
        return Text("?", "dim")
    return Text(_long(seconds), "bold red" if seconds > OLD else "yellow") if seconds else Text("–", "dim")


def _since(iso: str) -> str:
    return _long((datetime.now(UTC) - datetime.fromisoformat(iso)).total_seconds()) if iso else "?"


def _long(seconds: float) -> str:
    """A span in its two largest units at most."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}" if seconds >= 10 * size else f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def _bars(lags: Sequence[int]) -> str:
    most = max(lags, default=0)
    return "".join(BARS[lag * (len(BARS) - 1) // most if most else 0] for lag in lags)


def _ranges(numbers: Sequence[int]) -> str:
    """`0–5, 7` for 0 to 5 and 7."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in found)


def _clock() -> str:
    return time.strftime("%H:%M:%S")
