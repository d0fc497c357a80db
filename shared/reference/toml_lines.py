"""Where in a TOML file a value stands, for whoever must mend it: tomllib tells values and no lines.

Knows the one way these files are written: a table header or one key on a line of its own, arrays on the key's line.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from decimal import Decimal
from typing import Any

Path = tuple[str | int, ...]

HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
WHERE = re.compile(r"\(at line (\d+), column \d+\)")


class Wrong(ValueError):
    """Something that does not add up, at a path inside the file, in Chinese and English."""

    def __init__(self, path: Path, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.path = path


def parsed(text: str) -> dict[str, Any]:
    """The file's values, decimals exact. ValueError says the line."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as wrong:
        found = WHERE.search(str(wrong))
        line = int(found[1]) if found else text.count("\n") + 1
        raise ValueError(f"line {line}: 不是合法的 TOML {WHERE.sub('', str(wrong)).strip()}") from wrong


def line_of(text: str, path: Path) -> int:
    """The line of a path, or of the innermost table around it; 1 when even that is not there."""
    found = lines(text)
    for end in range(len(path), 0, -1):
        if path[:end] in found:
            return found[path[:end]]
    return 1


def lines(text: str) -> dict[Path, int]:
    """The first line of every table and key. An array of tables counts from 0."""
    found: dict[Path, int] = {}
    counts: Counter[Path] = Counter()
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            table = _table(header[2].split("."), counts, adds=header[1] == "[[")
            for end in range(1, len(table) + 1):
                found.setdefault(table[:end], number)
        elif key := KEY.match(line):
            found.setdefault((*table, key[1]), number)
    return found


def _table(names: list[str], counts: Counter[Path], *, adds: bool) -> Path:
    path: Path = ()
    for place, name in enumerate(names):
        path = (*path, name)
        if adds and place == len(names) - 1:
            counts[path] += 1
        if counts[path]:
            path = (*path, counts[path] - 1)
    return path
