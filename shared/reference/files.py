"""Reference data on disk: a folder of CSV files with a header row, `valid_from` first in every one; `insurance/` in it
has TOML files."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from shared.reference.data import Dated, Reference
from shared.reference.insurance import Cover, Terms
from shared.reference.insurance_files import schemes, waivers
from shared.reference.package_files import item, package, with_items
from shared.reference.places import QueueRule, Ward
from shared.reference.rows import (
    CheckupItem,
    Entitlement,
    Examination,
    Institution,
    LabTest,
    Limits,
    Medicine,
    Package,
    Terminal,
)

COLUMNS: dict[str, tuple[str, ...]] = {
    "institutions": ("valid_from", *Institution._fields),
    "terminals": ("valid_from", *Terminal._fields),
    "sessions": ("valid_from", "institution", "department", "session", "weekday", "held"),
    "queues": ("valid_from", "institution", "department", "session", "weekday", *QueueRule._fields),
    "prices": ("valid_from", "item", "fen"),
    "tests": ("valid_from", *LabTest._fields),
    "examinations": ("valid_from", *Examination._fields),
    "medicines": ("valid_from", *Medicine._fields),
    "checkup_items": ("valid_from", *CheckupItem._fields),
    "packages": ("valid_from", *Package._fields),
    "limits": ("valid_from", *Limits._fields),
    "spans": ("valid_from", "name", "seconds"),
    "classes": ("valid_from", "item", *Cover._fields),
    "insured": ("valid_from", "group", "scheme"),
    "entitlements": ("valid_from", *Entitlement._fields),
    "rules": ("valid_from", "name", "in_force"),
    "wards": ("valid_from", *Ward._fields),
}

Cells = list[str]
CODE = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
MOST_BEDS = 500


def load(folder: Path) -> Reference:
    """Read every file of a reference folder; a missing file is empty. ValueError names the file and line."""
    prices: Dated[int] = _dated(folder, "prices", lambda c: (c[0], _fen(c[1])))
    insurance: Dated[Terms] = Dated.of(schemes(folder))
    items: Dated[CheckupItem] = _dated(folder, "checkup_items", lambda c: (c[0], item(c)))
    terminals: Dated[Terminal] = _dated(folder, "terminals", lambda c: (c[0], Terminal(*c)))
    _answered(insurance, terminals)
    return Reference(
        institutions=_dated(folder, "institutions", lambda c: (c[0], Institution(*c))),
        terminals=terminals,
        sessions=_dated(folder, "sessions", lambda c: ("|".join(c[:4]), c[4] == "1")),
        queues=_dated(folder, "queues", lambda c: ("|".join(c[:4]), QueueRule(c[4] == "1", _capacity(c[5])))),
        prices=prices,
        tests=_dated(folder, "tests", lambda c: (c[0], LabTest(*c))),
        examinations=_dated(folder, "examinations", lambda c: (c[0], Examination(*c))),
        medicines=_dated(folder, "medicines", lambda c: (c[0], Medicine(*c))),
        checkup_items=items,
        packages=with_items(_dated(folder, "packages", lambda c: (c[0], package(c))), items),
        limits=_dated(folder, "limits", lambda c: (f"{c[0]}|{c[1]}", Limits(c[0], c[1], _number(c[2]), _number(c[3])))),
        spans=_dated(folder, "spans", lambda c: (c[0], timedelta(seconds=float(c[1])))),
        classes=_dated(folder, "classes", lambda c: (c[0], _cover(c[1], c[2]))),
        insured=_dated(folder, "insured", lambda c: (c[0], _known(c[1], insurance))),
        schemes=insurance,
        waivers=Dated.of(waivers(folder, prices.rows)),
        entitlements=_dated(folder, "entitlements", lambda c: (c[0], Entitlement(*c))),
        rules=_dated(folder, "rules", lambda c: (c[0], _yes(c[1]))),
        wards=_dated(folder, "wards", lambda c: (f"{c[0]}|{c[1]}", _ward(c))),
    )


def _answered(schemes: Dated[Terms], terminals: Dated[Terminal]) -> None:
    """A scheme that is settled by asking needs a gateway that may answer, or its bills would wait for ever."""
    asking = (name for name, dated in schemes.rows.items() for _, terms in dated if terms.settles == "port")
    has_gateway = any(one.kind == "insurer" for dated in terminals.rows.values() for _, one in dated)
    if not has_gateway and (name := next(asking, "")):
        raise ValueError(
            f"{name}.toml 由医保方结算（port），但 terminals.csv 中没有 insurer 类终端 "
            f"{name}.toml settles by port, but terminals.csv has no terminal of the kind insurer"
        )


def save(folder: Path, name: str, rows: Iterable[Iterable[Any]]) -> None:
    """Append rows (valid_from first) to one file, writing its header when it is new. Rows are never changed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        if new:
            out.writerow(COLUMNS[name])
        out.writerows(rows)


def _dated(folder: Path, name: str, read: Callable[[Cells], tuple[str, Any]]) -> Dated[Any]:
    path = folder / f"{name}.csv"
    return Dated.of(_rows(path, name, read)) if path.exists() else Dated()


def _rows(path: Path, name: str, read: Callable[[Cells], tuple[str, Any]]) -> Iterator[tuple[str, date, Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        lines = _lines(path, file)
        if tuple(next(lines, ())) != COLUMNS[name]:
            raise ValueError(f"{path.name} line 1: the columns must be {', '.join(COLUMNS[name])}")
        for number, cells in enumerate(lines, start=2):
            try:
                if len(cells) != len(COLUMNS[name]):
                    raise ValueError(f"{len(COLUMNS[name])} columns expected, {len(cells)} found")
                key, row = read(cells[1:])
                yield key, _day(cells[0]), row
            except (ValueError, ArithmeticError) as wrong:
                raise ValueError(f"{path.name} line {number}: {wrong}") from wrong


def _lines(path: Path, file: TextIO) -> Iterator[Cells]:
    try:
        yield from csv.reader(file)
    except UnicodeDecodeError as wrong:
        raise ValueError(f"{path.name} is not text in UTF-8") from wrong
    except csv.Error as wrong:
        raise ValueError(f"{path.name} can't be read: {wrong}") from wrong


@lru_cache(maxsize=1024)
def _day(text: str) -> date:
    """Most rows of a file are valid from the same few days."""
    return date.fromisoformat(text)


def _fen(text: str) -> int:
    fen = int(text)
    if not 0 <= fen <= 1_000_000_000_000:
        raise ValueError("a price is between 0 and 10^12 fen")
    return fen


def _cover(grade: str, first_share: str) -> Cover:
    share = Decimal(first_share or 0)
    if grade not in ("A", "B", "C"):
        raise ValueError("a class is A (甲), B (乙) or C (丙)")
    if not (0 < share <= 1 if grade == "B" else share == 0):
        raise ValueError("class B alone has a first share, above 0 and up to 1")
    return Cover(grade, share)  # type: ignore[arg-type]  # one of the three


def _ward(cells: Cells) -> Ward:
    """The beds of a ward are codes with a space between."""
    beds = tuple(cells[4].split())
    if len(set(beds)) < len(beds) or len(beds) > MOST_BEDS:
        raise ValueError(f"a ward has up to {MOST_BEDS} beds, each with a code of its own")
    if not all(CODE.fullmatch(bed) for bed in beds):
        raise ValueError("a bed's code has letters, digits and ._:/- in it, 64 at most")
    return Ward(cells[0], cells[1], cells[2], cells[3], beds)


def _known(scheme: str, schemes: Dated[Terms]) -> str:
    if scheme not in schemes.rows:
        raise ValueError(f"there is no scheme {scheme}")
    return scheme


def _yes(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("a rule is in force (1) or not (0)")
    return text == "1"


def _capacity(text: str) -> int | None:
    capacity = int(text) if text else None
    if capacity is not None and not 0 <= capacity <= 5000:
        raise ValueError("a queue has between 0 and 5000 numbers, or none named for no limit")
    return capacity


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
