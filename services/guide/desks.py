"""What each desk of an institution has to do in one visit, with everything needed to do it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal, get_args

from services.guide import checkups, rooms, todo
from services.guide.keeping import utc
from services.guide.shapes import State
from services.guide.todo import Item

Desk = Literal[
    "consultation", "cashier", "lab_collect", "lab_report", "lab_critical", "exam_schedule", "exam_perform",
    "exam_report", "exam_critical", "pharmacy_review", "pharmacy_handover", "ward_beds", "ward_patients",
    "checkup_items", "checkup_report", "reconcile",
]  # fmt: skip
DESKS: tuple[Desk, ...] = get_args(Desk)

OVERDUE: Mapping[Desk, timedelta] = {
    "consultation": timedelta(hours=2),
    "cashier": timedelta(hours=2),
    "lab_collect": timedelta(hours=1),
    "lab_report": timedelta(hours=2),
    "lab_critical": timedelta(minutes=10),
    "exam_schedule": timedelta(hours=1),
    "exam_perform": timedelta(hours=1),
    "exam_report": timedelta(hours=2),
    "exam_critical": timedelta(minutes=10),
    "pharmacy_review": timedelta(minutes=15),
    "pharmacy_handover": timedelta(hours=1),
    "ward_beds": timedelta(hours=4),
    "ward_patients": timedelta(days=30),
    "checkup_items": timedelta(hours=4),
    "checkup_report": timedelta(hours=24),
    "reconcile": timedelta(hours=24),
}
"""How long an item may wait at a desk before it is shown as overdue. Nothing else follows from it."""

SUSPENDED: frozenset[Desk] = frozenset(
    {"lab_collect", "exam_schedule", "exam_perform", "pharmacy_handover", "checkup_items"}
)
"""What is refused or irregular while a visit is suspended: it is on no list until the visit is resumed."""


def items(state: State, desk: Desk) -> list[Item]:
    """What there is to do at one desk, oldest first. Every item names when it came there: `since`, UTC text."""
    return list(_found(state, desk))


def index(state: State) -> dict[str, str | int | None]:
    """Per desk the institution that has something to do there, or None; and what every visit is found by."""
    fields: dict[str, str | int | None] = dict.fromkeys(DESKS)
    for desk in DESKS:
        for item in _found(state, desk):
            # An irregular act waits where it was done, which need not be where the visit is.
            fields[desk] = item["institution"] if desk == "reconcile" else state.institution
            break
    return {**fields, "visit": state.id or None, "institution": state.institution or None, "since": state.since or None}


def with_overdue(found: list[Item], desk: Desk, now: datetime) -> list[Item]:
    """The items, each saying whether it has waited too long by now."""
    latest = utc(now - OVERDUE[desk])
    return [{**item, "overdue": item["since"] <= latest} for item in found]


def _found(state: State, desk: Desk) -> Iterator[Item]:
    return iter(()) if state.visit.status == "suspended" and desk in SUSPENDED else _ITEMS[desk](state)


_ITEMS: dict[Desk, Callable[[State], Iterator[Item]]] = {
    "consultation": todo.consultation,
    "cashier": todo.cashier,
    "lab_collect": todo.collect,
    "lab_report": todo.report,
    "lab_critical": todo.critical,
    "exam_schedule": rooms.schedule,
    "exam_perform": rooms.perform,
    "exam_report": rooms.report,
    "exam_critical": rooms.critical,
    "pharmacy_review": todo.review,
    "pharmacy_handover": todo.handover,
    "ward_beds": todo.ward_beds,
    "ward_patients": todo.ward_patients,
    "checkup_items": checkups.items,
    "checkup_report": checkups.report,
    "reconcile": todo.reconcile,
}
