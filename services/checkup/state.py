"""What checkup knows of one visit: its package, and how far each item of it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date

from shared.decider import Input
from shared.events import billing, checkup, registration
from shared.events.base import package_order
from shared.events.edge import RegistrationCancellationRequested
from shared.events.edge_checkup import Declined
from shared.unchanging import unchanging


@unchanging
class Item:
    """One item as its package has it, and how it came out: a `flag` (and a `value`), or why it was `declined`."""

    display: str
    kind: str
    unit: str | None = None
    low: str | None = None
    high: str | None = None
    value: str | None = None
    flag: checkup.Flag | None = None
    declined: Declined | None = None

    @property
    def open(self) -> bool:
        """Whether it is neither done nor declined."""
        return self.flag is None and self.declined is None


@unchanging
class State:
    """`institution` and `day` are of the registered visit; `package` is empty where it has none; `order` is its order.
    `started`: its items are known and may be done. `lapsed`: it was never paid. `endings` are cancellations asked for
    and not decided."""

    institution: str = ""
    day: date | None = None
    package: str = ""
    order: str = ""
    display: str = ""
    items: Mapping[str, Item] = field(default_factory=dict)
    started: bool = False
    lapsed: bool = False
    suspended: bool = False
    cancelled: bool = False
    reported: bool = False
    endings: tuple[str, ...] = ()

    def mismatches(self, day: date) -> bool:
        """Whether the visit is known, and not to be of that day. Its id is the stream's own."""
        return self.day not in {None, day}


INITIAL = State()


def evolve(state: State, event: Input) -> State:
    """The state after an event or a fact; the same object when it changes nothing."""
    match event:
        case registration.VisitRegistered() if state.day is None:
            order = package_order(event.visit.id) if event.package else ""
            where, day = event.where.institution, event.visit.date
            return replace(state, institution=where, day=day, package=event.package or "", order=order)
        case registration.VisitCancelled() if not state.cancelled:
            return replace(state, cancelled=True, endings=())
        case registration.VisitSuspended() | registration.VisitResumed():
            return replace(state, suspended=isinstance(event, registration.VisitSuspended))
        case RegistrationCancellationRequested() if not state.cancelled:
            return replace(state, endings=(*state.endings, event.id))
        case registration.RegistrationRefused() if event.causation in state.endings:
            return replace(state, endings=tuple(id for id in state.endings if id != event.causation))
        case billing.ChargeLapsed() if event.order == state.order and not state.lapsed:
            return replace(state, lapsed=True)
        case checkup.CheckupStarted() if not state.started:
            items = {one.item: Item(one.display, one.kind, one.unit, one.low, one.high) for one in event.items}
            return replace(state, started=True, display=event.display, items=items)
        case checkup.CheckupItemDone() | checkup.CheckupItemDeclined() if event.item in state.items:
            return replace(state, items={**state.items, event.item: _after(state.items[event.item], event)})
        case checkup.CheckupReported() if not state.reported:
            return replace(state, reported=True)
        case _:
            return state


def _after(item: Item, event: checkup.CheckupItemDone | checkup.CheckupItemDeclined) -> Item:
    if isinstance(event, checkup.CheckupItemDeclined):
        return replace(item, declined=event.declined)
    return replace(item, value=event.value, flag=event.flag)
