"""What a check says of check-ups: a right one has nothing wrong, and each fault has its own code."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.check.checkups import checkups
from deploy.check.told import Card, Told
from shared.events import AnyEvent, checkup, registration
from tests.support.checkups import CODE, DISPLAY, EYES, ORDER, SUGAR, WEIGHT, cleared, registered, started
from tests.support.spec import CARD, an_id, enveloped, happened

ABOUT = {"order": ORDER, "package": CODE, "display": DISPLAY}


def begun(n: int = 3, **fields: Any) -> Any:
    return happened(checkup.CheckupStarted, n, **{**ABOUT, "items": started().items, **fields})


def item(n: int, code: str, flag: str, value: str | None = None) -> Any:
    told: dict[str, Any] = {"item": code, "display": "项目", "flag": flag, "value": value}
    return happened(checkup.CheckupItemDone, n, order=ORDER, **told)


def line(code: str, **fields: Any) -> checkup.ItemTold:
    return checkup.ItemTold(item=code, display="项目", **fields)


def reported(n: int = 20, *lines: checkup.ItemTold) -> Any:
    return happened(checkup.CheckupReported, n, **ABOUT, conclusion="正常", items=list(lines or LINES))


WEIGHED, SWEET = item(10, WEIGHT, "unjudged", "61.5"), item(11, SUGAR, "high", "7.20")
DECLINED = happened(checkup.CheckupItemDeclined, 12, order=ORDER, item=EYES, display="眼科", declined="unwell")
LINES = (
    line(WEIGHT, flag="unjudged", value="61.5"), line(SUGAR, flag="high", value="7.20"), line(EYES, declined="unwell"),
)  # fmt: skip
BEGUN = (registered(), cleared(), begun())
DONE = (*BEGUN, WEIGHED, SWEET, DECLINED)
CANCELLED = happened(registration.VisitCancelled, 30)


def codes(*events: AnyEvent) -> list[str]:
    told = [Told(offset, enveloped(event), event) for offset, event in enumerate(events)]
    return [found.code for found in checkups(Card(CARD, 0, told))]


@pytest.mark.parametrize(
    "events",
    [(*DONE, reported()), (registered(treat_first=True), begun(), WEIGHED), (*BEGUN, CANCELLED)],
    ids=["whole", "treat-first", "cancelled in time"],
)
def test_nothing_is_wrong_with_a_check_up_as_it_should_be(events: tuple[AnyEvent, ...]) -> None:
    assert codes(*events) == []


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ((registered(), begun()), ["unpaid"]),
        ((registered(), WEIGHED), ["unpaid"]),
        ((cleared(), begun()), ["no_order"]),
        ((registered(package="package:other"), cleared(), begun()), ["no_order"]),
        ((registered(), cleared(), begun(order=an_id(88))), ["unpaid", "no_order"]),
        ((*BEGUN, begun(4)), ["checkup_twice"]),
        ((*BEGUN, item(10, "36643-5", "normal")), ["no_item"]),
        ((*BEGUN, WEIGHED, item(14, WEIGHT, "unjudged", "61.5")), ["item_twice"]),
        ((*BEGUN, item(10, WEIGHT, "normal", "61.5")), ["item_flag"]),
        ((*BEGUN, item(10, SUGAR, "low", "3.90")), ["item_flag"]),
        ((*BEGUN, item(10, SUGAR, "normal", "6.11")), ["item_flag"]),
        ((*BEGUN, item(10, EYES, "high")), ["item_flag"]),
        ((*BEGUN, WEIGHED, SWEET, reported(20, *LINES[:2])), ["items_open"]),
        ((*DONE, reported(20, *LINES[:2])), ["report_differs"]),
        ((*DONE, reported(20, LINES[0], line(SUGAR, flag="normal", value="7.20"), LINES[2])), ["report_differs"]),
        ((*DONE, reported(), reported(21)), ["checkup_twice"]),
        ((*BEGUN, WEIGHED, SWEET, CANCELLED), ["after_the_end"]),
        ((*BEGUN, CANCELLED, WEIGHED), ["after_the_end"]),
    ],
)
def test_a_fault_has_its_code(events: tuple[AnyEvent, ...], found: list[str]) -> None:
    assert codes(*events) == found
