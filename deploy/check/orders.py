"""What every order of a card went through, and whether it might be done when it was done.

A service decides over what it has heard, not over what the log has by the time its fact gets there. So what may not
have come before is compared with the latest offset the decision must have waited for, never with the fact's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events import examination, lab, pharmacy
from shared.events.billing import ChargeLapsed, OrderCleared
from shared.events.consultation import ExaminationOrdered, LabTestOrdered, MedicationPrescribed
from shared.events.registration import VisitCancelled
from shared.events.runtime import RequestHeld

Ordered = LabTestOrdered | ExaminationOrdered | MedicationPrescribed


@dataclass(frozen=True)
class Orders:
    """The orders of one card by id."""

    card: Card

    @cached_property
    def ordered(self) -> dict[str, Told]:
        return {one.event.order: one for one in self.card.of(LabTestOrdered, ExaminationOrdered, MedicationPrescribed)}

    @cached_property
    def cleared(self) -> dict[str, Told]:
        found: dict[str, Told] = {}
        for one in self.card.of(OrderCleared):
            found.setdefault(one.event.order, one)
        return found

    @cached_property
    def lapsed(self) -> dict[str, Told]:
        return {one.event.order: one for one in self.card.of(ChargeLapsed)}

    @cached_property
    def cancelled_visits(self) -> dict[str, Told]:
        return {one.event.visit.id: one for one in self.card.of(VisitCancelled)}

    @cached_property
    def taken_back(self) -> dict[str, Told]:
        """Orders that the service which would do them has cancelled or returned."""
        found: dict[str, Told] = {}
        cancelled = lab.OrderCancelled, examination.OrderCancelled, pharmacy.OrderCancelled
        for one in self.card.of(*cancelled, pharmacy.PrescriptionReturned):
            returned = isinstance(one.event, pharmacy.PrescriptionReturned)
            for order in one.event.orders if returned else (one.event.order,):
                found.setdefault(order, one)
        return found

    def done(self, one: Told, order: str, kind: type[Ordered]) -> Iterator[Finding]:
        """What is wrong with doing an order: not ordered, not paid, taken back, or its visit cancelled before."""
        ordered = self.ordered.get(order)
        if ordered is None or not isinstance(ordered.event, kind) or ordered.offset > one.offset:
            yield self.card.finding("no_order", one)
            return
        heard = [ordered.offset, self._asked(one)]
        if not ordered.event.treat_first:
            cleared = self.cleared.get(order)
            if cleared is None or cleared.offset > (one.offset if self._was_held(one) else self._asked(one)):
                yield self.card.finding("unpaid", one, ordered)
            else:
                heard.append(cleared.offset)
        back, lapsed = self.taken_back.get(order), self.lapsed.get(order)
        if back is not None and back.offset < one.offset:
            yield self.card.finding("after_cancellation", one, back)
        elif lapsed is not None and lapsed.offset < max(heard):
            yield self.card.finding("after_cancellation", one, lapsed)
        ended = self.cancelled_visits.get(one.event.visit.id)
        if ended is not None and ended.offset < max(heard):
            yield self.card.finding("after_the_end", one, ended)

    def _asked(self, one: Told) -> int:
        cause = self.card.by_id.get(one.cause)
        return one.offset if cause is None else cause.offset

    def _was_held(self, one: Told) -> bool:
        beside = self.card.by_cause.get(one.cause, ())
        return any(isinstance(fact.event, RequestHeld) and fact.sayer == one.sayer for fact in beside)
