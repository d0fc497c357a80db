"""The files of check-up packages: read by day, and refused with the line that does not add up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shared.reference import load, save

SINCE, LATER = date(2026, 1, 1), date(2026, 7, 1)
WEIGHT = (SINCE, "weight", "体重", "Weight", "measured", "kg", "", "")
EYES = (SINCE, "eyes", "眼科", "Eyes", "observed", "", "", "")


def written(folder: Path, items: list[tuple[object, ...]], packages: list[tuple[object, ...]]) -> Path:
    save(folder, "checkup_items", items)
    save(folder, "packages", packages)
    return folder


def test_a_package_is_that_of_the_day(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(SINCE, "P", "套餐", "P", "weight"), (LATER, "P", "套餐", "P", "weight eyes")]
    found = load(written(tmp_path, [WEIGHT, EYES], rows))
    sizes = [len(found.items_of(one, LATER)) for day in (SINCE, LATER) if (one := found.package("P", day))]
    assert (sizes, found.package("P", date(2025, 12, 31))) == ([1, 2], None)


def test_what_is_measured_keeps_its_limits_as_they_are_written(tmp_path: Path) -> None:
    sugar = (SINCE, "sugar", "血糖", "Sugar", "measured", "mmol/L", "3.90", "6.10")
    found = load(written(tmp_path, [sugar], [])).checkup_items.at("sugar", SINCE)
    assert found is not None
    assert (found.unit, found.low, found.high) == ("mmol/L", "3.90", "6.10")


@pytest.mark.parametrize(
    ("item", "what"),
    [
        (("x", "甲", "X", "guessed", "", "", ""), "measured or observed"),
        (("x", "甲", "X", "measured", "", "", ""), "has a unit"),
        (("x", "甲", "X", "observed", "kg", "", ""), "has a unit"),
        (("x", "甲", "X", "observed", "", "1", ""), "has a unit"),
        (("x", "甲", "X", "measured", "kg", "2", "1"), "not above high"),
        (("x", "甲", "X", "measured", "kg", "1e3", ""), "decimal with a point"),
        (("x", "甲", "X", "measured", "kg", "some", ""), "decimal with a point"),
    ],
)
def test_an_item_that_does_not_add_up_is_refused_with_its_line(
    tmp_path: Path, item: tuple[str, ...], what: str
) -> None:
    with pytest.raises(ValueError, match=rf"checkup_items.csv line 3: .*{what}"):
        load(written(tmp_path, [WEIGHT, (SINCE, *item)], []))


@pytest.mark.parametrize("items", ["", "weight weight", " ".join(f"i{n}" for n in range(61))])
def test_a_package_has_a_bounded_number_of_items_each_once(tmp_path: Path, items: str) -> None:
    with pytest.raises(ValueError, match=r"packages.csv line 2: a package has between 1 and 60 items, each once"):
        load(written(tmp_path, [WEIGHT], [(SINCE, "P", "套餐", "P", items)]))


def test_a_package_may_not_begin_before_its_items(tmp_path: Path) -> None:
    late = (LATER, *EYES[1:])
    with pytest.raises(ValueError, match=r"packages.csv: P from 2026-01-01 has items nobody knows then: eyes"):
        load(written(tmp_path, [WEIGHT, late], [(SINCE, "P", "套餐", "P", "weight eyes")]))
