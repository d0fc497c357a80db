"""What one thing costs: a charge per order, once, by the price in force for the visit's day."""

from __future__ import annotations

from services.billing.settlement import amount
from shared.decider import frame
from shared.events import Event
from shared.events.base import derive, package_order
from shared.events.billing import ChargeRaised
from shared.events.consultation import ExaminationOrdered, LabTestOrdered, MedicationPrescribed
from shared.events.inpatient import InpatientServiceRecorded
from shared.events.registration import VisitRegistered
from shared.reference import Reference


def order_charge(
    reference: Reference,
    event: LabTestOrdered | ExaminationOrdered | MedicationPrescribed | InpatientServiceRecorded,
) -> ChargeRaised:
    """What was ordered, or given in a stay, once per order."""
    item = event.item if isinstance(event, InpatientServiceRecorded) else event.code
    quantity = "1" if isinstance(event, LabTestOrdered | ExaminationOrdered) else event.quantity
    return charge(reference, event, event.order, item, display=event.display, quantity=quantity)


def package_charge(reference: Reference, event: VisitRegistered) -> ChargeRaised | None:
    """The package of a check-up, by its own code and name; None for a visit that has none."""
    if event.package is None:
        return None
    package = reference.package(event.package, event.visit.date)
    display = package.name_zh if package else event.package
    return charge(reference, event, package_order(event.visit.id), event.package, display=display)


def charge(
    reference: Reference, event: Event, order: str, item: str, *, display: str, quantity: str = "1"
) -> ChargeRaised:
    """An item no price is in force for costs nothing: a missing row may not hold up a visit."""
    price = reference.price(item, event.visit.date) or 0
    return ChargeRaised(
        **frame(event),
        charge=charge_id(order),
        order=order,
        item=item,
        display=display,
        quantity=quantity,
        unit_price=price,
        amount=amount(price, quantity),
    )


def charge_id(order: str) -> str:
    """The one charge an order can have."""
    return derive(order, "charge")
