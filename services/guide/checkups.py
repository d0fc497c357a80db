"""What guide remembers of a check-up, and what its stations and its concluding doctor have to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from services.guide.checkups_shapes import Checkup, ItemTold, Wanted
from services.guide.keeping import change, put, utc
from services.guide.shapes import State
from shared.events import AnyEvent, checkup, registration
from shared.events.base import package_order

Item = dict[str, Any]


def expected(state: State, event: registration.VisitRegistered) -> State:
    """A check-up visit waits for its package to be cleared."""
    if event.package is None:
        return state
    known = state.checkup or Checkup()
    return change(state, checkup=replace(known, order=package_order(event.visit.id), package=event.package))


def started(state: State, event: checkup.CheckupStarted) -> State:
    items = {
        one.item: Wanted(one.display, one.kind, one.unit or "", one.low or "", one.high or "") for one in event.items
    }
    known = replace(state.checkup or Checkup(), order=event.order, package=event.package, display=event.display)
    return change(state, checkup=replace(known, started=known.started or utc(event.log_time), items=items))


def told(state: State, event: checkup.CheckupItemDone | checkup.CheckupItemDeclined) -> State:
    known = state.checkup or Checkup(event.order)
    if event.item in known.told:
        return state
    flag = event.flag if isinstance(event, checkup.CheckupItemDone) else ""
    declined = event.declined if isinstance(event, checkup.CheckupItemDeclined) else ""
    item = ItemTold(event.display, flag, declined, utc(event.log_time))
    return change(state, checkup=replace(known, told=put(known.told, event.item, item)))


def reported(state: State, event: checkup.CheckupReported) -> State:
    known = replace(state.checkup or Checkup(), order=event.order, package=event.package, display=event.display)
    return change(state, checkup=replace(known, reported=known.reported or utc(event.log_time)))


def open_items(state: State) -> dict[str, Wanted]:
    """Items of a check-up that may be done and are neither done nor declined."""
    known = state.checkup
    if known is None or known.reported or state.visit.status == "cancelled":
        return {}
    return {code: one for code, one in known.items.items() if code not in known.told}


def begun(state: State) -> bool:
    """Whether nothing of a check-up is left to be done: it is reported or lapsed, or there is no package."""
    known = state.checkup
    return known is None or bool(known.reported) or known.order in state.ended


def items(state: State) -> Iterator[Item]:
    """What the stations have to do, item by item."""
    for code, one in open_items(state).items():
        yield {
            **_about(state),
            "item": code,
            "item_display": one.display,
            "kind": one.kind,
            "unit": one.unit,
            "low": one.low,
            "high": one.high,
            "since": state.checkup.started if state.checkup else "",
        }


def report(state: State) -> Iterator[Item]:
    """Every item is done or declined: somebody says what they mean."""
    known = state.checkup
    if known and known.started and not known.reported and not open_items(state) and state.visit.status != "cancelled":
        found = [
            {"item": code, "display": one.display, "flag": one.flag, "declined": one.declined}
            for code, one in known.told.items()
        ]
        yield {**_about(state), "items": found, "since": max(one.at for one in known.told.values())}


def _about(state: State) -> Item:
    known = state.checkup or Checkup()
    return {"order": known.order, "package": known.package, "display": known.display}


EVOLVE: dict[type[AnyEvent], Callable[[State, Any], State]] = {
    checkup.CheckupStarted: started,
    checkup.CheckupItemDone: told,
    checkup.CheckupItemDeclined: told,
    checkup.CheckupReported: reported,
}
