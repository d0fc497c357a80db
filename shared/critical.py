"""危急值: the alarm about what a doctor must know at once, whether it was measured or seen in an image.

Each flagging of an order has a number of its own and a deadline of its own. Nobody acknowledging it in time, it is
flagged again, escalated; a newer flagging begins afresh, and the deadline of an older one is about another id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from shared.decider import Deadline
from shared.events.base import derive

UNACKNOWLEDGED = "critical_unacknowledged"
MOST_ESCALATIONS = 3


class Alarmed(Protocol):
    """An order, as far as alarms go: how often it was flagged (0: never), and how the newest flagging stands."""

    @property
    def flagging(self) -> int: ...

    @property
    def escalation(self) -> int: ...

    @property
    def acknowledged(self) -> bool: ...


A = TypeVar("A", bound=Alarmed)


def flagging(order: str, number: int) -> str:
    """The id of an order's flagging, which its deadline is about."""
    return derive(order, "critical", number)


def alarm(order: str, number: int) -> Deadline:
    """Beside a flagging: let it be acknowledged in time."""
    return Deadline(UNACKNOWLEDGED, about=flagging(order, number), span="critical")


def to_escalate(orders: Mapping[str, A], about: str) -> tuple[str, A] | None:
    """The order, with its id, that the passed deadline of a flagging escalates: the flagging is the order's newest,
    nobody acknowledged it, and it escalated less than three times."""
    for id, order in orders.items():
        if about == flagging(id, order.flagging):
            return None if order.acknowledged or order.escalation >= MOST_ESCALATIONS else (id, order)
    return None


def number_after(order: Alarmed, escalation: int) -> int:
    """The order's newest flagging after it was flagged with that escalation: an escalation says the same flagging
    again, and only a version newly found critical begins another."""
    return order.flagging if escalation else order.flagging + 1
