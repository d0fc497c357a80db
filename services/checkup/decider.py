"""体检: what checkup answers. Items of a cleared package, each done or declined once, and the report over all."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.checkup.state import Item, State
from shared.decider import NOTHING, Decision, Hold, Input, Overdue, frame
from shared.events import Event, Request, VisitRequest, billing, registration
from shared.events import checkup as say
from shared.events.base import package_order
from shared.events.edge_checkup import CheckupConcluded, CheckupItemRecorded, Declined
from shared.reference import Reference


def decide(state: State, event: Input, reference: Reference) -> Decision:
    """Answer one event with facts, or hold it. Total and pure."""
    match event:
        case registration.VisitRegistered(treat_first=True, package=str() as package) if not state.started:
            return _start(event, package, reference)
        case billing.OrderCleared() if event.order == state.order and not state.started and not state.cancelled:
            return _start(event, state.package, reference)
        case VisitRequest() if state.mismatches(event.visit.date):
            return _against(event, "visit_mismatch")
        case CheckupItemRecorded():
            return _record(state, event)
        case CheckupConcluded():
            return _conclude(state, event)
        case Overdue(request, code):
            return _against(request, code)
        case _:
            return NOTHING


def _start(
    event: registration.VisitRegistered | billing.OrderCleared, code: str, reference: Reference
) -> Sequence[Event]:
    """The items are those of the package on the day the visit was opened for, whatever becomes of it later."""
    package = reference.package(code, event.visit.date)
    if package is None:
        return NOTHING
    items = [
        say.PackageItem(item=one.code, display=one.name_zh, kind=one.kind, unit=one.unit, low=one.low, high=one.high)
        for one in reference.items_of(package, event.visit.date)
    ]
    order = package_order(event.visit.id)
    return (say.CheckupStarted(**frame(event), order=order, package=code, display=package.name_zh, items=items),)


def _hindered(state: State, event: CheckupItemRecorded | CheckupConcluded) -> str | Hold | None:
    """Why nothing of the package may be done or reported; or what may still come."""
    match state:
        case State(cancelled=True):
            return "visit_cancelled"
        case State(day=None):
            return Hold("not_registered", "done")
        case State(institution=institution) if institution != event.where.institution:
            return "other_institution"
        case State(package=""):
            return "no_checkup"
        case State(reported=True):
            return "checkup_reported"
        case State(lapsed=True):
            return "order_lapsed"
        case State(endings=endings) if endings:
            return Hold("ending_requested", "done")
        case State(started=False):
            return Hold("not_cleared", "done")
        case _:
            return None


def _record(state: State, event: CheckupItemRecorded) -> Decision:
    """An item while the card may not be used is irregular, as any other step is."""
    if state.suspended:
        return _against(event, "visit_suspended")
    hindered = _hindered(state, event)
    if hindered is not None:
        return hindered if isinstance(hindered, Hold) else _against(event, hindered)
    match state.items.get(event.item):
        case None:
            return _against(event, "item_unknown")
        case Item(open=False):
            return _against(event, "already_recorded")
        case item if event.declined is not None:
            return (_declined(state, event, item.display, event.declined),)
        case item if not _fits(item, event):
            return _against(event, "finding_mismatch")
        case item:
            return (_done(state, event, item),)


def _conclude(state: State, event: CheckupConcluded) -> Decision:
    """What was done before a suspension is reported in spite of it."""
    hindered = _hindered(state, event)
    if hindered is not None:
        return hindered if isinstance(hindered, Hold) else _against(event, hindered)
    if any(item.open for item in state.items.values()):
        return Hold("items_open", "done")
    reported = say.CheckupReported(
        **frame(event),
        order=state.order,
        package=state.package,
        display=state.display,
        conclusion=event.conclusion,
        advice=event.advice,
        items=[_told(code, item) for code, item in state.items.items()],
    )
    return (reported,)


def _fits(item: Item, event: CheckupItemRecorded) -> bool:
    """What is measured has a value in the package's unit; what is looked at has words."""
    if item.kind == "measured":
        return event.value is not None and event.unit == item.unit
    return event.value is None and bool(event.finding)


def _done(state: State, event: CheckupItemRecorded, item: Item) -> say.CheckupItemDone:
    return say.CheckupItemDone(
        **frame(event),
        order=state.order,
        item=event.item,
        display=item.display,
        value=event.value,
        unit=item.unit,
        low=item.low,
        high=item.high,
        flag=_flag(item, event),
        finding=event.finding,
    )


def _declined(state: State, event: CheckupItemRecorded, display: str, why: Declined) -> say.CheckupItemDeclined:
    return say.CheckupItemDeclined(**frame(event), order=state.order, item=event.item, display=display, declined=why)


def _flag(item: Item, event: CheckupItemRecorded) -> say.Flag:
    if event.value is None:
        return "abnormal" if event.abnormal else "normal"
    value = Decimal(event.value)
    if item.low is None and item.high is None:
        return "unjudged"
    if item.low is not None and value < Decimal(item.low):
        return "low"
    return "high" if item.high is not None and value > Decimal(item.high) else "normal"


def _told(code: str, item: Item) -> say.ItemTold:
    unit = item.unit if item.value is not None else None
    return say.ItemTold(
        item=code, display=item.display, value=item.value, unit=unit, flag=item.flag, declined=item.declined
    )


def _against(request: Request, code: str) -> Sequence[Event]:
    """The last word on what was done: kept whole as irregular."""
    match request:
        case CheckupItemRecorded():
            return (say.CheckupItemIrregular(**frame(request), code=code, act=request),)
        case CheckupConcluded():
            return (say.CheckupReportIrregular(**frame(request), code=code, act=request),)
        case _:
            return NOTHING
