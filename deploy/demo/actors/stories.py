"""What residents do: the usual way through a visit, and the ways in which theirs differs from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from deploy.demo.actors.check_in import check_in
from deploy.demo.actors.reader import REGISTER, Presented, use_record
from deploy.demo.actors.visitor import Visitor, steps
from deploy.demo.catalogue import MEDICINES, TESTS
from deploy.demo.proportions import EXPIRED_OFFLINE
from deploy.demo.scene import PATIENCE, frame, good_until, new_id, now
from services.guide.told import VisitStanding
from shared.events.base import Visit
from shared.events.edge import (
    Kind,
    OrderCancellationRequested,
    RegistrationCancellationRequested,
    SpecimenCollected,
)
from shared.uuid7 import uuid7

SPECIMENS = {test.zh: test.specimen for test in TESTS.values()}
REMEDIES = {medicine.zh for medicine in MEDICINES.values()}

Tell = Callable[[Visitor, VisitStanding], Awaitable[bool]]


async def usual(who: Visitor, standing: VisitStanding) -> None:
    """Pay what is owed (a deposit for a stay before), take a number at the laboratory and a time for what is to be
    examined, fetch what is ready, and close the visit at the end."""
    if who.kind == "inpatient" and "deposits" not in standing and who.may_ask("deposit", standing):
        await who.deposit()
    await pay_all(who, standing)
    await check_in(who, standing)
    todo = steps(standing)
    for prescription in todo.get("pickup", ()):
        if who.may_ask(f"fetch {prescription}", standing):
            await who.scene.pause(who.rng)
            await who.fetch(prescription)
    for order in todo.get("schedule", ()):
        if who.may_ask(f"schedule {order}", standing):
            await who.scene.pause(who.rng)
            await who.schedule(order)
    if "finished" in todo and who.may_ask("close", standing):
        await who.close()


async def pay_all(who: Visitor, standing: VisitStanding) -> None:
    others = steps(standing).keys() - {"pay", "refund"}
    if standing["visit"]["treat_first"] and others:
        return
    for bill in standing["owed"]["bills"]:
        if who.may_ask(f"pay {bill['bill']}", standing):
            await who.scene.pause(who.rng)
            await who.pay(bill)


async def as_usual(who: Visitor, standing: VisitStanding) -> bool:
    return False


async def register(who: Visitor) -> None:
    await who.register()


async def nothing_more(who: Visitor) -> None:
    return None


def home(who: Visitor) -> bool:
    return False


@dataclass(frozen=True)
class Story:
    """How it begins, what is done first at each standing (True: and nothing else), whether another visit follows one
    that is closed, what comes after the end, and of which `kind` the first visit is, if not what the picture says."""

    tell: Tell = as_usual
    begin: Callable[[Visitor], Awaitable[object]] = register
    then: Callable[[Visitor], bool] = home
    end: Callable[[Visitor], Awaitable[None]] = nothing_more
    kind: Kind | None = None


async def cancel(who: Visitor) -> None:
    where = who.terminal()
    await who.say(
        "cancel", RegistrationCancellationRequested(**frame(who.card, who.at, where), good_until=good_until())
    )


async def register_and_cancel(who: Visitor) -> None:
    """Thinks better of it at once: the cancellation waits for the registration."""
    await who.register()
    await cancel(who)


async def cancel_while_seen(who: Visitor, standing: VisitStanding) -> bool:
    if "consultation" in steps(standing) and who.may_ask("cancel", standing):
        await who.scene.pause(who.rng)
        await cancel(who)
    return False


async def pay_after_cancelling(who: Visitor, standing: VisitStanding) -> bool:
    """The phone still shows the old bill. Until its money is known to come back, nobody goes home."""
    refused = {one["request"] for one in standing["refused"]}
    bills = standing["owed"]["bills"]
    if bills and "cancel" not in who.asked:
        who.bill = bills[0]
        await cancel(who)
    if standing["visit"]["status"] != "cancelled":
        return not refused.intersection(who.asked.get("cancel", ()))
    if who.bill and f"pay {who.bill['bill']}" not in who.asked:
        await who.pay(who.bill)
    return who.bill is not None and not refused.intersection(who.asked[f"pay {who.bill['bill']}"])


async def cancel_a_test(who: Visitor, standing: VisitStanding) -> bool:
    """Changes their mind on the way to the sampling desk."""
    for order in steps(standing).get("collect", ())[:1]:
        await cancel_order(who, "lab_test", order)
    return False


async def cancel_an_examination(who: Visitor, standing: VisitStanding) -> bool:
    """Has its time, and does not dare."""
    for order in steps(standing).get("examine", ())[:1]:
        await cancel_order(who, "examination", order)
    return False


async def cancel_a_medicine(who: Visitor, standing: VisitStanding) -> bool:
    """Fetches it, and at the counter does not want all of it."""
    for prescription in steps(standing).get("pickup", ())[:1]:
        if who.may_ask(f"fetch {prescription}", standing):
            await who.fetch(prescription)
        await who.scene.pause(who.rng)
        for order in [order for order, display in who.lines.items() if display in REMEDIES][:1]:
            await cancel_order(who, "medication", order)
    return False


async def cancel_order(who: Visitor, kind: Literal["lab_test", "examination", "medication"], order: str) -> None:
    if f"cancel {order}" in who.asked:
        return
    where = who.scene.where(who.institution, "doctor_desk", who.rng, who.department)
    asked = OrderCancellationRequested(
        **frame(who.card, who.at, where),
        good_until=good_until(),
        kind=kind,
        order=order,
        reason="患者要求取消",
    )
    await who.say(f"cancel {order}", asked)


async def fetch_first(who: Visitor, standing: VisitStanding) -> bool:
    """Goes to the counter before paying: what is asked for there waits for the money."""
    for prescription in steps(standing).get("review", ()):
        if who.may_ask(f"fetch {prescription}", standing):
            await who.fetch(prescription)
            await asyncio.sleep(2 * who.scene.think)
    return False


async def sample_first(who: Visitor, standing: VisitStanding) -> bool:
    """Talks the sampling desk into it; every second one never pays."""
    pays = who.scene.chance("pays", who.card).random() < 0.5
    orders = [order for order, display in who.lines.items() if display in SPECIMENS]
    for order in orders[:1]:
        if f"sample {order}" not in who.asked:
            where = who.scene.where(who.institution, "lab_desk", who.rng)
            taken = SpecimenCollected(
                **frame(who.card, who.at, where),
                order=order,
                specimen=new_id(who.rng),
                kind=SPECIMENS[who.lines[order]],
            )
            await who.say(f"sample {order}", taken)
            await asyncio.sleep(2 * who.scene.think)
    return False if pays or not orders else await pay_nothing(who, standing)


async def pay_nothing(who: Visitor, standing: VisitStanding) -> bool:
    return bool(standing["owed"]["bills"])


async def pay_twice(who: Visitor, standing: VisitStanding) -> bool:
    """The provider tells of the same payment twice."""
    for bill in standing["owed"]["bills"]:
        if who.may_ask(f"pay {bill['bill']}", standing):
            tender = await who.pay(bill)
            await who.say("again", tender)
    return False


async def pay_wrong(who: Visitor, standing: VisitStanding) -> bool:
    """Types the amount; the second time it is right."""
    for bill in standing["owed"]["bills"]:
        if f"pay {bill['bill']}" not in who.asked:
            await who.pay(bill, fen=bill["fen"] + who.rng.choice((-100, 100)))
    return False


async def begin_twice(who: Visitor) -> None:
    """A gateway that publishes everything twice."""
    who.copies = 2
    await who.register()


async def send_again(who: Visitor) -> None:
    """Hours later, a gateway that lost its memory sends everything again: same ids, same bytes."""
    await who.scene.edges.publish(who.sent)


async def begin_offline(who: Visitor) -> None:
    """Asks a kiosk that is cut off. What it kept is still good when the network is back, or is asked again."""
    if "register" in who.asked:
        await who.register()
        return
    keeps = who.scene.chance("keeps", who.card).random() >= EXPIRED_OFFLINE
    hours = who.rng.uniform(1, 4)
    happened = now() - timedelta(hours=hours)
    until = happened + timedelta(hours=12) if keeps else happened + PATIENCE
    where = who.scene.where(who.institution, "kiosk", who.rng)
    id = uuid7(round(happened.timestamp() * 1000))
    who.visit = Visit(id=id, date=now().date())
    who.asked["register"] = [id]
    used = use_record(Presented(who.resident.key, "low"), who.at, where, step=REGISTER, kind=who.kind)
    edges = who.scene.edges
    made = uuid7(round(happened.timestamp() * 1000))
    kept = [edges.sign(used, id=made, at=happened), edges.sign(who.registration(where, until), id=id, at=happened)]
    await who.scene.outage.keep(edges, kept)


def into_the_ward(who: Visitor) -> bool:
    """To the admissions desk, with the order the doctor gave."""
    for to in who.onward:
        if to["kind"] == "admission":
            who.goes_on(
                kind="inpatient", institution=to["institution"], department=who.department, admission=to["order"]
            )
            return True
    return False


def where_referred(who: Visitor) -> bool:
    """To the hospital the doctor named."""
    for to in who.onward:
        if to["kind"] == "referral":
            department = who.picture.department_at(who.scene.city.departments[to["institution"]])
            who.goes_on(kind="outpatient", institution=to["institution"], department=department)
            return True
    return False


USUAL = Story()
STORIES: dict[str, Story] = {
    "cancelled": Story(begin=register_and_cancel),
    "cancelled_while_seen": Story(cancel_while_seen),
    "test_cancelled": Story(cancel_a_test),
    "examination_cancelled": Story(cancel_an_examination),
    "medicine_cancelled": Story(cancel_a_medicine),
    "pickup_before_paying": Story(fetch_first),
    "specimen_before_paying": Story(sample_first),
    "tendered_twice": Story(pay_twice),
    "wrong_amount": Story(pay_wrong),
    "paid_after_cancelling": Story(pay_after_cancelling),
    "never_paid": Story(pay_nothing),
    "sent_twice": Story(begin=begin_twice, end=send_again),
    "offline_kiosk": Story(begin=begin_offline),
    "inpatient": Story(then=into_the_ward),
    "transferred": Story(then=into_the_ward),
    "checkup": Story(kind="checkup"),
    "referred": Story(then=where_referred),
}
