"""What check-ups refuse or call irregular. Every act returns the request whose answer carries the code."""

from __future__ import annotations

from typing import Any

from deploy.demo.actors.checkup import DEPARTMENT
from deploy.demo.catalogue import PACKAGES
from deploy.demo.mischief.stage import Stage
from shared.events.base import derive
from shared.events.edge import RegistrationCancellationRequested, RegistrationRequested
from shared.events.edge_checkup import CheckupConcluded, CheckupItemRecorded

DESK, BASIC = "checkup_desk", "package:basic"
WEIGHT, SCAN = "29463-7", "24558-9"
"""An item of the basic package, and one that only the full one has."""
WEIGHED: dict[str, Any] = {"desk": DESK, "item": WEIGHT, "value": "61.5", "unit": "kg"}
CONCLUDED: dict[str, Any] = {"desk": DESK, "conclusion": "未见明显异常"}


def checkup(stage: Stage, package: str | None = BASIC) -> dict[str, Any]:
    return stage.registration(kind="checkup", department=DEPARTMENT, package=package)


async def registered(stage: Stage, package: str | None = BASIC) -> None:
    await stage.done(RegistrationRequested, **checkup(stage, package))


async def begun(stage: Stage) -> None:
    """Registered and paid, as soon as something is owed: the bill lapses while one waits for other answers."""
    await stage.say(RegistrationRequested, **checkup(stage, BASIC))
    await stage.paid(derive(stage.visit.id, "bill"))


async def reported(stage: Stage) -> None:
    """Everything declined, which is quick, and concluded."""
    await begun(stage)
    for item in PACKAGES[BASIC].items:
        await stage.done(CheckupItemRecorded, desk=DESK, item=item, declined="not_wanted")
    await stage.done(CheckupConcluded, **CONCLUDED)


async def package_unknown(stage: Stage) -> str:
    return await stage.say(RegistrationRequested, **checkup(stage, "package:none"))


async def checkup_started(stage: Stage) -> str:
    await begun(stage)
    await stage.done(CheckupItemRecorded, **WEIGHED)
    return await stage.say(RegistrationCancellationRequested)


async def no_checkup(stage: Stage) -> str:
    await registered(stage, None)
    return await stage.say(CheckupItemRecorded, **WEIGHED)


async def item_unknown(stage: Stage) -> str:
    await begun(stage)
    return await stage.say(CheckupItemRecorded, desk=DESK, item=SCAN, finding="未见异常")


async def finding_mismatch(stage: Stage) -> str:
    await begun(stage)
    return await stage.say(CheckupItemRecorded, **{**WEIGHED, "unit": "g"})


async def item_unpaid(stage: Stage) -> str:
    """It comes before the registration, so it is overdue before the bill lapses."""
    item = await stage.say(CheckupItemRecorded, **WEIGHED)
    await registered(stage)
    return item


async def item_twice(stage: Stage) -> str:
    await begun(stage)
    await stage.done(CheckupItemRecorded, **WEIGHED)
    return await stage.say(CheckupItemRecorded, **WEIGHED)


async def items_open(stage: Stage) -> str:
    await begun(stage)
    await stage.done(CheckupItemRecorded, **WEIGHED)
    return await stage.say(CheckupConcluded, **CONCLUDED)


async def checkup_reported(stage: Stage) -> str:
    await reported(stage)
    return await stage.say(CheckupConcluded, **CONCLUDED)


ACTS = (
    package_unknown,
    checkup_started,
    no_checkup,
    item_unknown,
    finding_mismatch,
    item_unpaid,
    item_twice,
    items_open,
    checkup_reported,
)
