"""What lab knows of one visit: its lab tests, each with its specimen, result and critical value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date

from shared.critical import number_after
from shared.decider import Input
from shared.events import billing, consultation, lab, registration
from shared.unchanging import unchanging


@unchanging
class Order:
    """One lab test. `ended` is the code of why it will not be done, or empty. `collected` is the accepted specimen.

    `version` is the result's newest version (0: none). `flagging` counts how often a version was flagged as critical;
    `critical`, `escalation` and `acknowledged` are of the newest flagging.
    """

    code: str
    specimen: str
    institution: str
    treat_first: bool = False
    cleared: bool = False
    ended: str = ""
    collected: str | None = None
    version: int = 0
    flagging: int = 0
    critical: tuple[lab.Finding, ...] = ()
    escalation: int = 0
    acknowledged: bool = False


@unchanging
class State:
    """The visit's lab tests by order id, whether the visit was cancelled or is suspended, and the date it was opened
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
        case consultation.LabTestOrdered() if event.order not in state.orders:
            return _with(replace(state, day=event.visit.date), event.order, _ordered(event))
        case billing.OrderCleared(order=order) | billing.ChargeLapsed(order=order):
            return _changed(state, order, event)
        case lab.SpecimenAccepted(order=order) | lab.OrderCancelled(order=order):
            return _changed(state, order, event)
        case lab.LabResultReported(order=order) | lab.LabResultAmended(order=order):
            return _changed(state, order, event)
        case lab.CriticalValueFlagged(order=order) | lab.CriticalValueAcknowledged(order=order):
            return _changed(state, order, event)
        case _:
            return state


def _ordered(event: consultation.LabTestOrdered) -> Order:
    return Order(event.code, event.specimen, event.where.institution, event.treat_first)


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
        case lab.OrderCancelled():
            return replace(order, ended="order_cancelled")
        case lab.SpecimenAccepted():
            return replace(order, collected=event.specimen)
        case lab.LabResultReported():
            return replace(order, version=1)
        case lab.LabResultAmended():
            return replace(order, version=event.version)
        case lab.CriticalValueFlagged():
            return _flagged(order, event)
        case lab.CriticalValueAcknowledged():
            return replace(order, acknowledged=True)
        case _:
            return order


def _flagged(order: Order, event: lab.CriticalValueFlagged) -> Order:
    number = number_after(order, event.escalation)
    return replace(
        order, flagging=number, critical=tuple(event.findings), escalation=event.escalation, acknowledged=False
    )


def _with(state: State, id: str, order: Order) -> State:
    return replace(state, orders={**state.orders, id: order})
