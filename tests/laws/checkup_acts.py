"""What stations, a cashier and a doctor do in the stories of the laws with a check-up, a visit of its own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from shared.events import Request, edge
from shared.events.base import Visit, derive, package_order
from shared.events.edge_checkup import CheckupConcluded, CheckupItemRecorded
from shared.reference import CheckupItem, Package
from shared.reference.data import Dated
from tests.support.checkups import CODE, DISPLAY, EYES, ITEMS, PRICE, SUGAR, WEIGHT
from tests.support.spec import START

EPOCH = date(2026, 1, 1)
ROOMS = ("TJ1", "TJ2")
HEIGHT = CheckupItem("8302-2", "身高", "Body height", "measured", "cm", None, None)
KNOWN: Dated[CheckupItem] = Dated.of((one.code, EPOCH, one) for one in (*ITEMS, HEIGHT))
PACKAGES: Dated[Package] = Dated.of([(CODE, EPOCH, Package(CODE, DISPLAY, "Basic", tuple(one.code for one in ITEMS)))])
"""It has no height, which every station knows."""
CHECKUP: tuple[tuple[str, int] | tuple[str, int, int], ...] = (
    ("book", 0), ("pay package", 0), ("item", 0), ("item", 1, 2), ("item", 3), ("item", 2), ("conclude", 0),
    ("go home", 0),
)  # fmt: skip
"""Verbs of a check-up and, as `which`, the item. The second item is declined, the one after it not in the package."""
INTERRUPTED = (
    ("issue", 0), ("book", 0), ("pay package", 0), ("item", 0), ("suspend", 0), ("item", 1), ("restore", 0),
    ("item", 1, 2), ("conclude", 0), ("item", 2, 2), ("call off", 0), ("go home", 0),
)  # fmt: skip
"""The card is lost between two items; the conclusion comes before the last of them."""
FREE_OF_CHARGE = (
    ("issue", 0), ("grant", 1), ("book", 0), ("item", 0), ("item", 1), ("item", 2), ("conclude", 0),
    ("pay package", 0), ("go home", 0),
)  # fmt: skip
TREATED_FIRST = (
    ("issue", 0), ("grant", 0), ("book", 0), ("item", 0), ("item", 1), ("item", 2), ("conclude", 0),
    ("pay package", 0), ("end grant", 0), ("go home", 0),
)  # fmt: skip
"""For two groups: a waiver takes over the package, or it is paid at the end."""
CALLED_OFF = (("book", 0), ("pay package", 0), ("call off", 0), ("item", 0), ("conclude", 0), ("refund package", 0))
VERBS = tuple(dict.fromkeys(act[0] for act in (*CHECKUP, *CALLED_OFF)))
VALUES = {WEIGHT: ("61.5", "kg"), SUGAR: ("7.20", "mmol/L"), HEIGHT.code: ("172", "cm")}


def of_checkup(
    verb: str, which: int, how: int, base: dict[str, Any], *, booked: str, room: str, until: datetime
) -> Request:
    """A request of a check-up that was `booked`. The second registration names a package nobody has, the third none;
    the fourth conclusion is of the visit to the clinic. How 1 is wrong, 2 declines an item."""
    clinic, wrong = base["visit"], how == 1
    about = {**base, "visit": Visit(id=booked, date=clinic.date)}
    ask = {**about, "good_until": until}
    match verb:
        case "book":
            package = (CODE, "package:none", None)[which % 3]
            slot: dict[str, Any] = {"department": room, "session": "morning", "date": START.date()}
            return edge.RegistrationRequested(**ask, **slot, kind="checkup", package=package)
        case "pay package":
            paid: dict[str, Any] = {"amount": PRICE + wrong, "method": "cash", "reference": f"C{booked[-8:]}.{which}"}
            return edge.PaymentTendered(**about, bill=derive(booked, "bill"), **paid)
        case "item":
            return CheckupItemRecorded(**about, **_found(which, how))
        case "conclude":
            visit = clinic if which == 3 else about["visit"]
            return CheckupConcluded(**{**base, "visit": visit}, conclusion="血糖偏高", advice="复查")
        case "call off":
            return edge.RegistrationCancellationRequested(**ask)
        case "refund package":
            refund = derive(derive(package_order(booked), "charge"), "refund")
            outcome: Any = "failed" if wrong else "confirmed"
            return edge.RefundReported(**about, refund=refund, outcome=outcome, reference="R")
    return edge.VisitCloseRequested(**ask)


def _found(which: int, how: int) -> dict[str, Any]:
    """An item and how it came out; a wrong one has another's way."""
    item = (WEIGHT, SUGAR, EYES, HEIGHT.code)[which]
    if how == 2:
        return {"item": item, "declined": "not_wanted"}
    if (item == EYES) != (how == 1):
        return {"item": item, "finding": "未见异常", "abnormal": which == 1}
    value, unit = VALUES.get(item, ("1", "kg"))
    return {"item": item, "value": value, "unit": unit}
