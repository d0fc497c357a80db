"""Values of a TOML file of rules, each proven as it is taken: whoever reads a file says what may be where."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from shared.reference.toml_lines import Path as At
from shared.reference.toml_lines import Wrong, line_of, parsed

T = TypeVar("T")
Table = Mapping[str, Any]

MOST_FEN = 1_000_000_000_000
PLACES = 6


def read(path: Path, of: Callable[[str, Table], list[T]]) -> list[T]:
    """What a function makes of a file's name and values. ValueError names the file and line."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        return of(path.stem, parsed(text))
    except Wrong as wrong:
        raise ValueError(f"{path.name} line {line_of(text, wrong.path)}: {wrong}") from wrong
    except UnicodeDecodeError as wrong:
        raise ValueError(f"{path.name} 不是 UTF-8 文本 is not text in UTF-8") from wrong
    except ValueError as wrong:
        raise ValueError(f"{path.name} {wrong}") from wrong


def versions(told: Table) -> Iterator[tuple[At, date, Table]]:
    """Each version with the day it is valid from, which may not come before or with that of the one above."""
    versions = told.get("version")
    if not isinstance(versions, list) or not versions:
        raise Wrong((), "文件至少要有一个 [[version]]", "a file has at least one [[version]]")
    before: date | None = None
    for number, version in enumerate(versions):
        at: At = ("version", number)
        is_table(at, version)
        since = version.get("valid_from")
        if type(since) is not date:
            raise Wrong(
                (*at, "valid_from"), "valid_from 应为日期，如 2026-01-01", "valid_from is a day, such as 2026-01-01"
            )
        if before is not None and since <= before:
            raise Wrong(
                (*at, "valid_from"),
                f"valid_from 应晚于上一版本的 {before}，版本不得重叠",
                f"valid_from is after {before}, the version above: versions may not overlap",
            )
        before = since
        yield at, since, version


def table(at: At, told: Table, name: str) -> Table:
    """A table that has to be there."""
    found = told.get(name)
    if not isinstance(found, dict):
        raise Wrong(at, f"缺少 {name}", f"gap: there is no {name}")
    return found


def is_table(at: At, found: Any) -> None:
    """It has names and values, whatever they are."""
    if not isinstance(found, dict):
        raise Wrong(at, f"{at[-2]} 的每一项应为表", f"each {at[-2]} is a table")


def only(at: At, told: Table, names: Collection[str]) -> None:
    """Nothing but these names."""
    for name in told:
        if name not in names:
            known = sorted(names)
            raise Wrong(
                (*at, name),
                f"此处没有 {name}，只能是 {'、'.join(known)}",
                f"{name} is unknown here; there may be {', '.join(known)}",
            )


def share(at: At, told: Table) -> Decimal:
    """The table's share: exact, from 0 to 1."""
    found = told.get("share")
    if isinstance(found, int) and not isinstance(found, bool):
        found = Decimal(found)
    if not isinstance(found, Decimal) or not found.is_finite() or not 0 <= found <= 1:
        raise Wrong((*at, "share"), "比例应在 0 和 1 之间", "a share is between 0 and 1")
    if found != round(found, PLACES):
        raise Wrong((*at, "share"), f"比例最多 {PLACES} 位小数", f"a share has at most {PLACES} decimal places")
    return found


def fen(at: At, told: Table, name: str) -> int:
    """An amount of money."""
    return whole(at, told, name, MOST_FEN)


def whole(at: At, told: Table, name: str, most: int) -> int:
    """A whole number from 0 to the most there may be."""
    found = told.get(name)
    if type(found) is not int or not 0 <= found <= most:
        raise Wrong((*at, name), f"{name} 应为 0 到 {most} 的整数", f"{name} is a whole number between 0 and {most}")
    return found
