"""A figure that is held to a bound says whether it met it, as a ratio does; one without a bound says nothing."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from benches.measure import Figure
from benches.report import cells


@pytest.mark.parametrize(
    ("at_least", "bound", "met"),
    [(None, "report", ""), (300, "≥ 300", "no, by a factor of 2.50"), (100, "≥ 100", "yes")],
)
def test_a_figure_says_whether_its_median_meets_its_bound(at_least: float | None, bound: str, met: str) -> None:
    row = asdict(Figure.of("requests", "requests/s", [90, 120, 130], at_least=at_least))
    assert cells(row) == ("requests", "requests/s", "120", "", "", "90–130", "3", bound, met)


def test_a_figure_that_was_kept_before_there_were_bounds_is_still_shown() -> None:
    row = asdict(Figure.of("requests", "requests/s", [120]))
    del row["bound"], row["met"]
    assert cells(row)[-2:] == ("report", "")
