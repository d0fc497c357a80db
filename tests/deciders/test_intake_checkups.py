"""What intake looks at in a check-up: an item that is known, done or declined, and where a package is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.reference.data import Dated
from tests.deciders.test_intake import REFERENCE as CITY
from tests.deciders.test_intake import body, outcome, sent
from tests.support import checkups
from tests.support.checkups import CODE, EYES, SINCE, WEIGHT

REFERENCE = replace(
    CITY,
    prices=Dated.of([("reg:outpatient", SINCE, 500), ("reg:checkup", SINCE, 0), (CODE, SINCE, 9_800)]),
    checkup_items=checkups.REFERENCE.checkup_items,
    packages=checkups.REFERENCE.packages,
)
MEASURED = {"value": "61.5", "unit": "kg"}


def item(code: str = WEIGHT, **fields: Any) -> str:
    """What an item recorded at a station gets."""
    shared = {name: value for name, value in body().items() if name in ("card", "visit", "where")}
    return outcome(sent({**shared, "item": code, **fields}, type="checkup-item-recorded.v1"), reference=REFERENCE)


@pytest.mark.parametrize(
    ("code", "fields"),
    [(WEIGHT, MEASURED), (EYES, {"finding": "未见明显异常"}), (WEIGHT, {"declined": "not_wanted"})],
    ids=["measured", "looked-at", "declined"],
)
def test_an_item_done_or_declined_is_admitted(code: str, fields: dict[str, Any]) -> None:
    assert item(code, **fields) == "admitted"


def test_an_item_nobody_knows_is_refused() -> None:
    assert item("checkup:soul", finding="未见明显异常") == "unknown_code"


@pytest.mark.parametrize("fields", [{}, {**MEASURED, "declined": "unwell"}, {"finding": "正常", "declined": "unwell"}],
                         ids=["neither", "measured-and-declined", "found-and-declined"])  # fmt: skip
def test_an_item_that_is_neither_or_both_is_refused(fields: dict[str, Any]) -> None:
    assert item(**fields) == "out_of_bounds"


def test_an_item_declined_for_a_reason_nobody_knows_is_set_aside() -> None:
    assert item(declined="just_because") == "wrong_shape"


@pytest.mark.parametrize(("kind", "package", "what"), [
    ("checkup", CODE, "admitted"), ("checkup", None, "admitted"), ("outpatient", CODE, "out_of_bounds"),
])  # fmt: skip
def test_a_package_is_of_a_check_up_alone(kind: str, package: str | None, what: str) -> None:
    asked = body(kind=kind, **({"package": package} if package else {}))
    assert outcome(sent(asked), reference=REFERENCE) == what
