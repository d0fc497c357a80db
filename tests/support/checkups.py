"""A check-up for tests: a package of two measured items and one that is looked at, and the events of its visit."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared.events import billing, checkup, registration
from shared.events.base import package_order
from shared.events.edge_checkup import CheckupConcluded, CheckupItemRecorded
from shared.reference import CheckupItem, Package, Reference
from shared.reference.data import Dated
from tests.support.spec import START, VISIT, fact, happened

SINCE = date(2020, 1, 1)
CODE, DISPLAY, PRICE = "package:basic", "基础体检", 9_800
WEIGHT, SUGAR, EYES = "29463-7", "14749-6", "checkup:eyes"
ITEMS = (
    CheckupItem(WEIGHT, "体重", "Body weight", "measured", "kg", None, None),
    CheckupItem(SUGAR, "葡萄糖", "Glucose", "measured", "mmol/L", "3.90", "6.10"),
    CheckupItem(EYES, "眼科检查", "Eye examination", "observed", None, None, None),
)
REFERENCE = Reference(
    prices=Dated.of([("reg:checkup", SINCE, 0), (CODE, SINCE, PRICE)]),
    checkup_items=Dated.of((one.code, SINCE, one) for one in ITEMS),
    packages=Dated.of([(CODE, SINCE, Package(CODE, DISPLAY, "Basic", tuple(one.code for one in ITEMS)))]),
    sessions=Dated.of([("H01|D01|morning|*", SINCE, True)]),
)
ORDER = package_order(VISIT.id)
SLOT: dict[str, Any] = {"kind": "checkup", "department": "D01", "session": "morning", "date": START.date()}
NAMES = {one.code: one.name_zh for one in ITEMS}


def registered(n: int = 1, **fields: Any) -> Any:
    """The check-up's visit, with its package."""
    return happened(registration.VisitRegistered, n, **{**SLOT, "package": CODE, **fields})


def cleared(n: int = 2, **fields: Any) -> Any:
    return happened(billing.OrderCleared, n, **{"order": ORDER, "how": "paid", **fields})


def recorded(n: int = 10, item: str = WEIGHT, **fields: Any) -> Any:
    """An item recorded at a station: the weight, if nothing else is said."""
    usual: dict[str, Any] = {} if fields else {"value": "61.5", "unit": "kg"}
    return happened(CheckupItemRecorded, n, item=item, **{**usual, **fields})


def concluded(n: int = 30, **fields: Any) -> Any:
    return happened(CheckupConcluded, n, **{"conclusion": "血糖偏高", "advice": "复查", **fields})


def started() -> Any:
    """What is said once the package may be begun."""
    items = [
        checkup.PackageItem(
            item=one.code, display=one.name_zh, kind=one.kind, unit=one.unit, low=one.low, high=one.high
        )
        for one in ITEMS
    ]
    return fact(checkup.CheckupStarted, order=ORDER, package=CODE, display=DISPLAY, items=items)


def done(item: str, flag: str, **fields: Any) -> Any:
    """An item done, and how it came out."""
    row = next(one for one in ITEMS if one.code == item)
    about = {"order": ORDER, "item": item, "display": row.name_zh, "unit": row.unit, "low": row.low, "high": row.high}
    return fact(checkup.CheckupItemDone, **about, flag=flag, **fields)


def declined(item: str, why: str, **fields: Any) -> Any:
    told: dict[str, Any] = {"order": ORDER, "item": item, "display": NAMES[item], "declined": why}
    return fact(checkup.CheckupItemDeclined, **told, **fields)
