"""What examination knows of one visit: its orders, each with what was made, reported and found critical."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date

from shared.critical import number_after
from shared.decider import Input
from shared.events import billing, consultation, examination, registration
from shared.unchanging import unchanging


@unchanging
class Order:
    """One examination. `ended` is the code of why it will not be made, or empty; `image` is its newest reference.

    `version` is the report's newest version (0: none). `flagging` counts how often a version was found critical;
    `critical`, `escalation` and `acknowledged` are of the newest flagging.
    """

    code: str
    display: str
    modality: str
    institution: str
    treat_first: bool = False
    cleared: bool = False
    ended: str = ""
    performed: bool = False
    image: str | None = None
    version: int = 0
    flagging: int = 0
    critical: str = ""
    escalation: int = 0
    acknowledged: bool = False


@unchanging
class State:
    """The visit's examinations by order id, whether the visit was cancelled or is suspended, and the date it was opened
    for, which its orders tell."""

    orders: Mapping[str, Order] = field(default_factory=dict)
    cancelled: bool = False
    suspended: bool = False
    day: date | None = None

    def mismatches(self, day: date) -> bool:
        """Whether the visit is known, and not to be of that day. Its id is the stream's own."""
        return self.day not in {None, day}


INITIAL = State()


def evolve(state: State, event: Input) -> State:
    """The state after an event or a fact; the same object when it changes nothing."""
    match event:
        case registration.VisitCancelled() if not state.cancelled:
            return replace(state, cancelled=True)
        case registration.VisitSuspended() | registration.VisitResumed():
            return replace(state, suspended=isinstance(event, registration.VisitSuspended))
        case consultation.ExaminationOrdered() if event.order not in state.orders:
            return _with(replace(state, day=event.visit.date), event.order, _ordered(event))
        case billing.OrderCleared(order=order) | billing.ChargeLapsed(order=order):
            return _changed(state, order, event)
        case examination.ExaminationCompleted(order=order) | examination.OrderCancelled(order=order):
            return _changed(state, order, event)
        case examination.ExaminationReported(order=order) | examination.ExaminationAmended(order=order):
            return _changed(state, order, event)
        case examination.CriticalFindingFlagged(order=order) | examination.CriticalFindingAcknowledged(order=order):
            return _changed(state, order, event)
        case _:
            return state


def _ordered(event: consultation.ExaminationOrdered) -> Order:
    return Order(event.code, event.display, event.modality, event.where.institution, event.treat_first)


def _changed(state: State, id: str, event: Input) -> State:
    order = state.orders.get(id)
    if order is None:
        return state
    after = _after(order, event)
    return state if after == order else _with(state, id, after)


def _after(order: Order, event: Input) -> Order:
    match event:
        case billing.OrderCleared():
            return replace(order, cleared=True)
        case billing.ChargeLapsed() if not order.ended:
            return replace(order, ended="order_lapsed")
        case examination.OrderCancelled():
            return replace(order, ended="order_cancelled")
        case examination.ExaminationCompleted():
            return replace(order, performed=True, image=event.image)
        case examination.ExaminationReported():
            return replace(order, version=1, image=event.image)
        case examination.ExaminationAmended():
            return replace(order, version=event.version, image=event.image)
        case examination.CriticalFindingFlagged():
            number, times = number_after(order, event.escalation), event.escalation
            return replace(order, flagging=number, critical=event.finding, escalation=times, acknowledged=False)
        case examination.CriticalFindingAcknowledged():
            return replace(order, acknowledged=True)
        case _:
            return order


def _with(state: State, id: str, order: Order) -> State:
    return replace(state, orders={**state.orders, id: order})
