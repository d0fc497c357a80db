"""Rows of the files of check-ups, each proven as it is read: items, and packages of them."""

from __future__ import annotations

import re
from decimal import Decimal

from shared.reference.data import Dated
from shared.reference.rows import CheckupItem, Package

DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
MOST_ITEMS = 60


def item(cells: list[str]) -> CheckupItem:
    """An empty unit or limit is none."""
    code, zh, en, kind, unit, low, high = (cell or None for cell in cells)
    if kind not in ("measured", "observed"):
        raise ValueError("an item is measured or observed")
    if (unit is not None) != (kind == "measured") or (kind == "observed" and (low or high)):
        raise ValueError("what is measured, and nothing else, has a unit and may have a range")
    if not all(limit is None or DECIMAL.fullmatch(limit) for limit in (low, high)):
        raise ValueError("a limit is a decimal with a point")
    if low and high and Decimal(low) > Decimal(high):
        raise ValueError("low is not above high")
    return CheckupItem(code or "", zh or "", en or "", kind, unit, low, high)  # type: ignore[arg-type]  # one of the two


def package(cells: list[str]) -> Package:
    """The items of a package are codes with a space between."""
    items = tuple(cells[3].split())
    if len(set(items)) < len(items) or not 0 < len(items) <= MOST_ITEMS:
        raise ValueError(f"a package has between 1 and {MOST_ITEMS} items, each once")
    return Package(cells[0], cells[1], cells[2], items)


def with_items(packages: Dated[Package], items: Dated[CheckupItem]) -> Dated[Package]:
    """The packages, each with items that are there from its own day on."""
    for code, rows in packages.rows.items():
        for since, row in rows:
            if missing := [one for one in row.items if items.at(one, since) is None]:
                raise ValueError(f"packages.csv: {code} from {since} has items nobody knows then: {', '.join(missing)}")
    return packages
