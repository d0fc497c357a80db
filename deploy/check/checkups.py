"""Check-ups of one card: begun once they might be, each item once, and reported once with nothing open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events.base import package_order
from shared.events.billing import OrderCleared
from shared.events.checkup import CheckupItemDeclined, CheckupItemDone, CheckupReported, CheckupStarted
from shared.events.registration import VisitCancelled, VisitRegistered

FACTS = (
    VisitRegistered, VisitCancelled, OrderCleared, CheckupStarted, CheckupItemDone, CheckupItemDeclined,
    CheckupReported,
)  # fmt: skip


@dataclass
class _Checkups:
    """What has come of a card's check-ups so far, by visit: all of it is said by one service, or heard by it before."""

    card: Card
    registered: dict[str, Told] = field(default_factory=dict)
    cancelled: dict[str, Told] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    started: dict[str, Told] = field(default_factory=dict)
    told: dict[str, dict[str, Told]] = field(default_factory=dict)
    reported: dict[str, Told] = field(default_factory=dict)

    def hear(self, one: Told) -> Iterator[Finding]:
        visit = one.event.visit.id
        match one.event:
            case VisitRegistered():
                self.registered[visit] = one
            case VisitCancelled():
                # Registration refuses to cancel what an item was recorded in, and an item waits for that word.
                if visit in self.told:
                    yield self.card.finding("after_the_end", *self.told[visit].values(), one)
                self.cancelled[visit] = one
            case OrderCleared(order=order):
                self.cleared.add(order)
            case CheckupStarted():
                yield from self._start(one)
            case CheckupReported():
                yield from self._report(one)
            case _:
                yield from self._item(one)

    def _start(self, one: Told) -> Iterator[Finding]:
        visit = one.event.visit.id
        registered = self.registered.get(visit)
        if visit in self.started:
            yield self.card.finding("checkup_twice", one, self.started[visit])
        if registered is None or registered.event.package != one.event.package:
            yield self.card.finding("no_order", one)
        elif one.event.order not in self.cleared and not registered.event.treat_first:
            yield self.card.finding("unpaid", one, registered)
        if one.event.order != package_order(visit):
            yield self.card.finding("no_order", one)
        self.started.setdefault(visit, one)

    def _item(self, one: Told) -> Iterator[Finding]:
        visit, item = one.event.visit.id, one.event.item
        before = self.told.setdefault(visit, {})
        wanted = self._wanted(visit).get(item)
        if visit not in self.started:
            yield self.card.finding("unpaid", one)
        elif wanted is None:
            yield self.card.finding("no_item", one, self.started[visit])
        elif isinstance(one.event, CheckupItemDone) and one.event.flag not in _flags(one.event, wanted):
            yield self.card.finding("item_flag", one, self.started[visit])
        if item in before:
            yield self.card.finding("item_twice", one, before[item])
        for ended in (self.reported.get(visit), self.cancelled.get(visit)):
            if ended is not None:
                yield self.card.finding("after_the_end", one, ended)
        before.setdefault(item, one)

    def _report(self, one: Told) -> Iterator[Finding]:
        visit = one.event.visit.id
        told = self.told.get(visit, {})
        if visit in self.reported:
            yield self.card.finding("checkup_twice", one, self.reported[visit])
        if not self._wanted(visit) or self._wanted(visit).keys() - told.keys():
            yield self.card.finding("items_open", one, *told.values())
        if {line.item: (line.flag, line.declined, line.value) for line in one.event.items} != {
            item: _came_out(fact) for item, fact in told.items()
        }:
            yield self.card.finding("report_differs", one, *told.values())
        if visit in self.cancelled:
            yield self.card.finding("after_the_end", one, self.cancelled[visit])
        self.reported.setdefault(visit, one)

    def _wanted(self, visit: str) -> dict[str, tuple[str | None, str | None]]:
        started = self.started.get(visit)
        return {one.item: (one.low, one.high) for one in started.event.items} if started else {}


def checkups(card: Card) -> Iterator[Finding]:
    """What is wrong with one card's check-ups."""
    found = _Checkups(card)
    for one in card.of(*FACTS):
        yield from found.hear(one)


def _came_out(one: Told) -> tuple[str | None, str | None, str | None]:
    if isinstance(one.event, CheckupItemDeclined):
        return None, one.event.declined, None
    return one.event.flag, None, one.event.value


def _flags(done: CheckupItemDone, limits: tuple[str | None, str | None]) -> tuple[str, ...]:
    """The flags it may have: of what is measured exactly one."""
    if done.value is None:
        return ("normal", "abnormal")
    low, high = (Decimal(limit) if limit else None for limit in limits)
    value = Decimal(done.value)
    if low is None and high is None:
        return ("unjudged",)
    below, above = low is not None and value < low, high is not None and value > high
    return ("low",) if below else ("high",) if above else ("normal",)
