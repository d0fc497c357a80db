"""What billing refuses or calls irregular. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from typing import Any

from deploy.demo.mischief.stage import Stage
from deploy.demo.scene import new_id
from shared.events.edge import (
    PaymentTendered,
    RefundReported,
)

Fields = dict[str, Any]


async def bill_not_seen(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(PaymentTendered, **stage.tender(new_id(stage.rng), 500))


async def amount_too_small(stage: Stage) -> str:
    return await tendered(stage, -1)


async def amount_too_large(stage: Stage) -> str:
    return await tendered(stage, 1)


async def nothing_owed(stage: Stage) -> str:
    bill = (await stage.visited(tests=1)).bill
    return await stage.say(PaymentTendered, **stage.tender(bill, 600))


async def reference_used(stage: Stage) -> str:
    await stage.opened()
    bill = (await stage.consulted(tests=1)).bill
    used = await stage.paid(bill)
    return await stage.say(PaymentTendered, **stage.tender(bill, 600, under=used))


async def refund_not_seen(stage: Stage) -> str:
    await stage.opened()
    return await stage.say(RefundReported, **refund(stage, new_id(stage.rng)))


async def refund_settled(stage: Stage) -> str:
    paid = await amount_too_large(stage)
    await stage.settled(paid)
    report: Fields = refund(stage, (await stage.stands())["refunds"][0]["refund"])
    await stage.done(RefundReported, **report)
    return await stage.say(RefundReported, **report)


async def tendered(stage: Stage, more: int) -> str:
    await stage.opened()
    bill = (await stage.consulted(tests=1)).bill
    return await stage.say(PaymentTendered, **stage.tender(bill, await stage.owed(bill) + more))


def refund(stage: Stage, id: str) -> Fields:
    return {
        "desk": "cashier",
        "refund": id,
        "outcome": "confirmed",
        "reference": f"back-{stage.rng.getrandbits(64):016x}",
    }


ACTS = (
    bill_not_seen,
    amount_too_small,
    amount_too_large,
    nothing_owed,
    reference_used,
    refund_not_seen,
    refund_settled,
)
