"""What a hospital stay refuses or calls irregular. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from deploy.demo.mischief.stage import DEPARTMENT, REGISTRATION, Stage
from deploy.demo.scene import now, reference
from deploy.demo.wards import ITEMS
from shared.events.base import Visit, ward_key
from shared.events.edge import ConsultationRecorded, Diagnosis, RegistrationRequested
from shared.events.edge_inpatient import (
    BedRequested,
    DepositTendered,
    DischargeRequested,
    DischargeSummary,
    InpatientServiceGiven,
    TransferRequested,
)
from shared.uuid7 import uuid7

WARD, OTHER_WARD, CLOSED_WARD = "W01", "W02", "W09"
DESK, RESPIRATORY = "ward_desk", "03.01"
SUMMARY = DischargeSummary(
    diagnoses=[Diagnosis(code="J18.9", display="肺炎")], course="抗感染治疗，好转。", instructions="一周后复诊。"
)


async def ordered(stage: Stage, ward: str = WARD, *, times: int = 1) -> list[str]:
    """Seen by a doctor who orders so many admissions to that ward: the orders."""
    await stage.opened()
    return [(await stage.consulted(ward=ward)).admission for _ in range(times)]


def stay(stage: Stage, admission: str | None, department: str = DEPARTMENT) -> dict[str, Any]:
    """The registration of another visit, which becomes the one in hand. A card has one a day in a department."""
    stage.visit = Visit(id=uuid7(), date=now().date())
    return stage.registration(kind="inpatient", admission=admission, department=department)


async def registered(stage: Stage, ward: str = WARD) -> None:
    """A stay that waits for its bed."""
    [order] = await ordered(stage, ward)
    await stage.done(RegistrationRequested, **stay(stage, order))


async def bed(stage: Stage, ward: str = WARD, *, code: str | None = None) -> str:
    """Ask for a bed; the answer is told of the visit."""
    asked = BedRequested(
        card=stage.resident.key,
        visit=stage.visit,
        queue=ward_key(stage.place, ward),
        where=stage.where(DESK),
        bed=code,
        good_until=now() + REGISTRATION,
    )
    return (await stage.scene.say(asked)).id


async def in_bed(stage: Stage) -> None:
    await registered(stage)
    found = await stage.settled(await bed(stage))
    if found["status"] != "answered":
        raise AssertionError(f"no bed was given: {found.get('code')}")


def given(days_ago: int = 0) -> dict[str, Any]:
    one = ITEMS["ward:nebulizer"]
    told = {"kind": one.kind, "item": one.item, "display": one.zh, "quantity": "1", "unit": one.unit}
    return {"desk": DESK, **told, "day": now().date() - timedelta(days=days_ago)}


async def discharge(stage: Stage, summary: DischargeSummary | None = SUMMARY) -> str:
    return await stage.say(DischargeRequested, desk=DESK, summary=summary)


async def admission_not_ordered(stage: Stage) -> str:
    return await stage.say(RegistrationRequested, **stay(stage, None))


async def admission_used(stage: Stage) -> str:
    [order] = await ordered(stage)
    await stage.done(RegistrationRequested, **stay(stage, order))
    return await stage.say(RegistrationRequested, **stay(stage, order, RESPIRATORY))


async def already_in_hospital(stage: Stage) -> str:
    one, another = await ordered(stage, times=2)
    await stage.done(RegistrationRequested, **stay(stage, one))
    return await stage.say(RegistrationRequested, **stay(stage, another, RESPIRATORY))


async def bed_not_wanted(stage: Stage) -> str:
    await stage.opened()
    return await bed(stage)


async def bed_unknown(stage: Stage) -> str:
    await registered(stage)
    return await bed(stage, code="999")


async def ward_full(stage: Stage) -> str:
    await registered(stage, CLOSED_WARD)
    return await bed(stage, CLOSED_WARD)


async def already_in_bed(stage: Stage) -> str:
    await in_bed(stage)
    return await bed(stage)


async def already_in_ward(stage: Stage) -> str:
    await in_bed(stage)
    return await stage.say(TransferRequested, desk=DESK, ward=WARD, reason="")


async def transfer_ordered(stage: Stage) -> str:
    await in_bed(stage)
    await stage.done(TransferRequested, desk=DESK, ward=OTHER_WARD, reason="拟手术")
    return await stage.say(TransferRequested, desk=DESK, ward=OTHER_WARD, reason="拟手术")


async def day_out_of_stay(stage: Stage) -> str:
    await in_bed(stage)
    return await stage.say(InpatientServiceGiven, **given(days_ago=1))


async def not_admitted(stage: Stage) -> str:
    await registered(stage)
    return await discharge(stage)


async def no_summary(stage: Stage) -> str:
    await in_bed(stage)
    return await discharge(stage, None)


async def open_orders(stage: Stage) -> str:
    await in_bed(stage)
    await stage.done(ConsultationRecorded, **stage.record(tests=1))
    return await discharge(stage)


async def not_settled(stage: Stage) -> str:
    await in_bed(stage)
    await stage.done(InpatientServiceGiven, **given())
    asked = await discharge(stage)
    await stage.settled(asked)
    for bill in (await stage.stands())["owed"]["bills"]:
        await stage.paid(bill["bill"])
    return asked


async def already_discharged(stage: Stage) -> str:
    await in_bed(stage)
    await stage.settled(await discharge(stage))
    return await discharge(stage)


async def not_a_stay(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(DepositTendered, **deposit(stage))


async def account_closed(stage: Stage) -> str:
    await in_bed(stage)
    await stage.settled(await discharge(stage))
    return await stage.say(DepositTendered, **deposit(stage))


def deposit(stage: Stage, fen: int = 100_000) -> dict[str, Any]:
    return {"desk": "cashier", "amount": fen, "method": "cash", "reference": reference(stage.rng)}


ACTS = (
    admission_not_ordered,
    admission_used,
    already_in_hospital,
    bed_not_wanted,
    bed_unknown,
    ward_full,
    already_in_bed,
    already_in_ward,
    transfer_ordered,
    day_out_of_stay,
    not_admitted,
    no_summary,
    open_orders,
    not_settled,
    already_discharged,
    not_a_stay,
    account_closed,
)
