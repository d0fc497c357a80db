"""Bad input beside what the demo's own mischief provokes: one small scenario each."""

from __future__ import annotations

from typing import Any

from deploy.demo.mischief import Scenario, Stage
from deploy.demo.mischief.medicines import handed
from deploy.demo.mischief.records import asked, sealed, send
from deploy.demo.scene import new_id
from shared.events.base import Visit, derive
from shared.events.edge import (
    ConsultationRecorded,
    LabResultEntered,
    MedicationHandedOver,
    MedicationPickupRequested,
    OrderCancellationRequested,
    PaymentTendered,
    PrescriptionReviewed,
    RegistrationCancellationRequested,
    RegistrationRequested,
)
from shared.uuid7 import uuid7

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


async def a_field_missing(stage: Stage) -> None:
    envelope = asked(stage)
    await send(stage, sealed(stage, envelope._replace(body=envelope.body.replace(b'"session"', b'"sitting"'))))


async def an_integer_over_64_bits(stage: Stage) -> None:
    """Neither store could keep it."""
    tender = stage.made(PaymentTendered, **stage.tender(new_id(stage.rng), 500))
    envelope = stage.scene.edges.sign(tender)
    body = envelope.body.replace(b'"amount":500', b'"amount":%d' % 2**70)
    await send(stage, sealed(stage, envelope._replace(body=body)))


async def an_identity_number_in_free_text(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(ConsultationRecorded, **stage.record(), notes=f"身份证号 {identity_number()}")


async def registered_twice_at_once(stage: Stage) -> str:
    """Both are on their way before either is answered."""
    first = asked(stage)
    stage.visit = Visit(id=uuid7(), date=stage.visit.date)
    second = asked(stage)
    await stage.scene.edges.publish([first, second])
    return second.id


async def cancelled_again(stage: Stage) -> str:
    await cancelled(stage)
    return await stage.say(RegistrationCancellationRequested)


async def reviewed_after_cancelling(stage: Stage) -> str:
    await cancelled(stage)
    prescription = new_id(stage.rng)
    return await stage.say(PrescriptionReviewed, desk="pharmacy_desk", prescription=prescription, verdict="passed")


async def entered_after_cancelling(stage: Stage) -> str:
    await cancelled(stage)
    result: dict[str, Any] = {
        "order": new_id(stage.rng),
        "specimen": new_id(stage.rng),
        "analytes": stage.analytes(),
    }
    return await stage.say(LabResultEntered, desk="analyser", **result)


async def fetched_after_cancelling(stage: Stage) -> str:
    await cancelled(stage)
    return await stage.say(MedicationPickupRequested, prescription=new_id(stage.rng))


async def handed_after_cancelling(stage: Stage) -> str:
    await cancelled(stage)
    return await stage.say(MedicationHandedOver, **handed(new_id(stage.rng), new_id(stage.rng)))


async def paid_after_cancelling(stage: Stage) -> str:
    await cancelled(stage)
    return await stage.say(PaymentTendered, **stage.tender(derive(stage.visit.id, "bill"), 500))


async def order_cancelled_after_cancelling(stage: Stage) -> str:
    await cancelled(stage)
    return await stage.say(OrderCancellationRequested, kind="medication", order=new_id(stage.rng))


async def cancelled(stage: Stage) -> None:
    await stage.done(RegistrationRequested, **stage.registration())
    await stage.done(RegistrationCancellationRequested)


def identity_number() -> str:
    """A number of the right form that names nobody: the first serial of a day in 1900."""
    digits = "371502" + "19000101" + "000"
    return digits + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11]


MORE = tuple(
    Scenario(act.__name__, expects, act)
    for act, expects in (
        (a_field_missing, "wrong_shape"),
        (an_integer_over_64_bits, "wrong_shape"),
        (an_identity_number_in_free_text, "looks_personal"),
        (registered_twice_at_once, "already_registered"),
        (cancelled_again, "visit_cancelled"),
        (reviewed_after_cancelling, "visit_cancelled"),
        (entered_after_cancelling, "order_not_seen"),
        (fetched_after_cancelling, "order_not_seen"),
        (handed_after_cancelling, "order_not_seen"),
        (paid_after_cancelling, "nothing_owed"),
        (order_cancelled_after_cancelling, "order_not_seen"),
    )
)
