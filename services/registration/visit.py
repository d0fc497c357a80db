"""One open visit, and what of it is not done or not settled: just enough to know whether it may be closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import field, replace
from typing import Any, Literal

from shared.events import Event, beds, checkup, examination, lab, pharmacy
from shared.events.base import queue_key
from shared.events.billing import BillSettled, ChargeLapsed, ChargeReversed, PaymentReceived
from shared.events.billing_deposits import DepositApplied
from shared.events.consultation import (
    ConsultationAccepted,
    ConsultationIrregular,
    ExaminationOrdered,
    LabTestOrdered,
    MedicationPrescribed,
)
from shared.events.edge import ConsultationRecorded, RegistrationRequested
from shared.events.edge_checkup import CheckupItemRecorded
from shared.events.inpatient import InpatientServiceRecorded, PatientAdmitted, PatientDischarged
from shared.events.queues import TicketRefused, TicketServed
from shared.events.registration import OpenItem, VisitRegistered
from shared.unchanging import unchanging

OrderKind = Literal["lab_test", "examination", "medication", "stay"]
ORDERED: Mapping[type[Event], OrderKind] = {
    LabTestOrdered: "lab_test",
    ExaminationOrdered: "examination",
    MedicationPrescribed: "medication",
}


@unchanging
class Slot:
    """What a card can have only one visit for."""

    institution: str
    department: str
    session: str
    date: dt.date

    @property
    def queue(self) -> str:
        """The queue its ticket is of."""
        return queue_key(self.institution, self.department, self.session, self.date)

    @classmethod
    def of(cls, event: RegistrationRequested | VisitRegistered) -> Slot:
        """A stay has no session: its slot is beside those of the clinic of the same day."""
        session = "stay" if event.kind == "inpatient" else event.session
        return cls(event.where.institution, event.department, session, event.date)

    def fits(self, record: ConsultationRecorded | CheckupItemRecorded) -> bool:
        """Whether a record comes from the visit's institution and names its day: no other counts."""
        return (record.where.institution, record.visit.date) == (self.institution, self.date)


@unchanging
class OpenVisit:
    """A visit and what keeps it open. `started`: something was recorded in it, or a bed was given for it. `admitted`:
    its patient came to lie in one, and no suspension holds it any more. `checkup`: of that kind; `package`: the order
    of its package until it is reported.

    undecided: consultation records without a verdict; orders: not yet done, by id (a stay's is the visit); unbilled:
    orders no bill was seen for (the registration's own order is the visit); owed: the bill of each charge whose own
    share is not paid.
    `queued`: it has, or will have, a number in its queue that nobody has served.
    """

    slot: Slot
    queued: bool = False
    started: bool = False
    admitted: bool = False
    checkup: bool = False
    undecided: tuple[str, ...] = ()
    orders: Mapping[str, OrderKind] = field(default_factory=dict)
    package: str = ""
    unbilled: tuple[str, ...] = ()
    owed: Mapping[str, str] = field(default_factory=dict)


def open_items(visit: OpenVisit) -> list[OpenItem]:
    """What keeps a visit open, in the order it is done. An order no bill was seen for stands for its bill."""
    bills = dict.fromkeys((*visit.owed.values(), *visit.unbilled))
    return [
        *(OpenItem(kind="consultation", id=id) for id in visit.undecided),
        *(OpenItem(kind=kind, id=id) for id, kind in visit.orders.items()),
        *(OpenItem(kind="bill", id=id) for id in bills),
    ]


def opens_more(visit: OpenVisit, event: Event) -> OpenVisit:
    """The visit after an event of its own: given more to do, or served in its queue; the same object if neither."""
    match event:
        case ConsultationRecorded() if visit.slot.fits(event):
            return replace(visit, started=True, undecided=(*visit.undecided, event.id))
        case CheckupItemRecorded() if visit.slot.fits(event) and not visit.started:
            return replace(visit, started=True)
        case LabTestOrdered() | ExaminationOrdered() | MedicationPrescribed():
            return _ordered(visit, event.order, ORDERED[type(event)])
        case TicketServed(queue=queue) | TicketRefused(queue=queue) if visit.queued and queue == visit.slot.queue:
            return replace(visit, queued=False)
        case beds.BedAssigned() if not visit.started:
            return replace(visit, started=True)
        case PatientAdmitted():
            return replace(visit, admitted=True)
        case InpatientServiceRecorded():
            return replace(visit, unbilled=(*visit.unbilled, event.order))
        case BillSettled():
            owed = {line.charge: event.bill for line in event.lines if line.own_share > 0}
            return replace(visit, owed={**visit.owed, **owed}) if owed else visit
        case _:
            return visit


def finishes(visit: OpenVisit, event: Event) -> OpenVisit:
    """The visit after an event of its card that may finish something of it; the same object if it does not.

    Goes by the ids of things alone: a payment made at another visit's desk still pays this visit's bill.
    """
    match event:
        case ConsultationAccepted():
            return _less(visit, undecided=[event.consultation])
        case ConsultationIrregular():
            return _less(visit, undecided=[event.causation])
        case (
            lab.LabResultReported()
            | lab.OrderCancelled()
            | examination.ExaminationReported()
            | examination.OrderCancelled()
            | pharmacy.OrderCancelled()
        ):
            return _less(visit, orders=[event.order])
        case pharmacy.MedicationDispensed() | pharmacy.PrescriptionReturned() | PatientDischarged():
            return _less(visit, orders=_done(event))
        case checkup.CheckupReported():
            return _reported(visit, event.order)
        case BillSettled():
            return _less(visit, unbilled=[line.order for line in event.lines])
        case PaymentReceived() | DepositApplied(left=0):
            return _less(visit, owed=[charge for charge, bill in visit.owed.items() if bill == event.bill])
        case ChargeLapsed():
            visit = _reported(visit, event.order)
            return _less(visit, orders=[event.order], unbilled=[event.order], owed=[event.charge])
        case ChargeReversed():
            return _less(visit, unbilled=[event.order], owed=[event.charge])
        case _:
            return visit


def _done(
    event: pharmacy.MedicationDispensed | pharmacy.PrescriptionReturned | PatientDischarged,
) -> list[str]:
    """The orders that need nothing more."""
    match event:
        case pharmacy.MedicationDispensed():
            return [line.order for line in event.lines]
        case pharmacy.PrescriptionReturned():
            return event.orders
        case PatientDischarged():
            return [event.visit.id]


def _reported(visit: OpenVisit, order: str) -> OpenVisit:
    """Without the package, if that is the order."""
    return replace(visit, package="") if order == visit.package else visit


def _ordered(visit: OpenVisit, order: str, kind: OrderKind) -> OpenVisit:
    return replace(visit, orders={**visit.orders, order: kind}, unbilled=(*visit.unbilled, order))


def _less(visit: OpenVisit, **gone: Collection[str]) -> OpenVisit:
    """The visit without those ids in those fields; the same object when none of them was there."""
    left: dict[str, Any] = {}
    for name, ids in gone.items():
        old = getattr(visit, name)
        if not any(id in old for id in ids):
            continue
        left[name] = {id: old[id] for id in old if id not in ids} if isinstance(old, Mapping) else _others(old, ids)
    return replace(visit, **left) if left else visit


def _others(old: Collection[str], ids: Collection[str]) -> tuple[str, ...]:
    return tuple(id for id in old if id not in ids)
