"""Faults of the services' own processes: ended at every step, stopped for long, frozen, doubled, broken."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import cast

import httpx

from deploy.check.recompute import service_of
from deploy.local.child import Child
from shared.decider import Service
from shared.events import SERVICES
from shared.events.edge import RegistrationRequested
from tests.faults.field import Field
from tests.faults.struck.points import POINTS, REPLAYED
from tests.integration.test_outage import held
from tests.support.town import eventually

ALL = [service_of(name) for name in SERVICES]
DECIDING = tuple(one.name for one in ALL if isinstance(one, Service))
SAYING = tuple(one.name for one in ALL if isinstance(one, Service) and one.says)
ASKING = tuple(one.name for one in ALL if isinstance(one, Service) and one.edge and not one.says)
"""Who says requests alone, and those only where bills are settled by call."""
WRITING = ("intake", "registration", "consultation", "billing", "records", "guide")
"""Who has something to save at nearly every moment."""
SELDOM = ("beds", "checkup", "inpatient")
"""Whose work comes with stays and check-ups: they end the first time that they come by a point."""
AT: dict[str, tuple[str, ...]] = {
    "read": SERVICES,
    "load": DECIDING,
    "step": DECIDING,
    "before save": SERVICES,
    "save": SERVICES,
    "before publish": SAYING,
    # Only these often have two things to say at once.
    "publish half-way": ("consultation", "billing"),
    "publish": SAYING,
    "before commit": SERVICES,
    "commit": SERVICES,
    "before position": SERVICES,
    "position": SERVICES,
}
"""Who comes by each point."""

BREAKING = ("registration", "consultation", "billing")
"""Whose decider breaks: all who are inside soon need them."""
COME = 6
"""Who register while a decider is broken for half of all cards."""
BETWEEN = 5
"""So many events more on the log, and people inside, before the next service in turn is killed."""


def who_come_by(point: str, *, by_call: bool) -> tuple[str, ...]:
    """Who may be ended at a point; one more is publishing where bills are settled by call."""
    return (*AT[point], *ASKING) if by_call and AT[point] is SAYING else AT[point]


async def killed_at(field: Field, point: str) -> tuple[str, bool]:
    """A service ends itself at a step, and is started again."""
    service = field.rng.choice(who_come_by(point, by_call=field.by_call))
    field.order(f"{service}-1", point, passes=1 if service in SELDOM else field.rng.randint(1, 3))
    hit = await field.carried_out(f"{service}-1")
    child = field.process(f"{service}-1")
    if hit:
        child.kill()
    field.heals()
    if not child.running:
        await child.start()
    return f"{service} at {point}", hit


async def each_killed(field: Field) -> tuple[str, bool]:
    """Every service once, one after the other: killed under load, and back as soon as there is work that it missed."""
    missed = dict[str, int]()
    async with asyncio.TaskGroup() as starting:
        for service in SERVICES:
            await field.progressed(BETWEEN)
            child = field.process(f"{service}-1")
            child.kill()
            await field.missed(service, 1)
            missed[service] = await field.town.behind(service)
            # It takes seconds to come up; the next one dies as soon as there is progress again.
            starting.create_task(child.start())
    field.heals()
    fewest = min(missed.values())
    return f"all {len(missed)}, each at least {fewest} records behind", fewest > 0


async def stopped_for_long(field: Field) -> tuple[str, bool]:
    """A service is away, longer than an ask is held, while all others run."""
    service = field.rng.choice(SERVICES[1:])
    child = field.process(f"{service}-1")
    await child.stop()
    await field.missed(service, 80, 12)
    missed = await field.town.behind(service)
    field.heals()
    await child.start()
    return f"{service}, {missed} records behind", missed > 0


async def zombie(field: Field, point: str) -> tuple[str, bool]:
    """A service freezes between two steps until another process owns its partitions and has gone on; then it wakes,
    and saves or publishes what it had in hand."""
    service = field.rng.choice(("registration", "billing", "pharmacy"))  # Their streams go on for a whole visit.
    first = field.process(f"{service}-1")
    field.order(f"{service}-1", point, "SIGSTOP")
    hit = await field.carried_out(f"{service}-1")
    if not hit:
        field.heals()
        return f"{service} {point}", False
    second = await field.second(service)
    await _handles(field, service)
    await field.progressed(120)  # So that the visits it had in hand go on.
    first.resume()
    field.heals()
    await eventually(lambda: _ready(field, first), 60)
    await second.stop()
    return f"{service} {point}", True


async def storm(field: Field) -> tuple[str, bool]:
    """Owners of a service come and go."""
    service = field.rng.choice(SERVICES)
    for kill in (False, True):
        second = await field.second(service)
        await field.progressed(10)
        if kill:
            second.kill()
        else:
            await second.stop()
    field.heals()
    return f"{service}, two owners came and went", True


async def terminated(field: Field) -> tuple[str, bool]:
    """Services are asked to end under load, and come back."""
    services = field.rng.sample(SERVICES, 2)
    for service in services:
        await field.process(f"{service}-1").stop()
    field.heals()
    await field.town.local.processes.start(*(f"{service}-1" for service in services))
    return " and ".join(services), True


async def killed_while_its_store_hangs(field: Field) -> tuple[str, bool]:
    """A batch is in hand for long, and then its process is gone."""
    service = field.rng.choice(WRITING)
    child, server = field.process(f"{service}-1"), field.town.local.servers.get("store")
    with ExitStack() as open_:
        if server is not None:
            server.pause()
            open_.callback(server.resume)
        else:
            open_.enter_context(held(Path(field.town.here.store.removeprefix("sqlite:"))))
        await field.missed(service, 3)
        hit = await field.town.behind(service) > 0
        child.kill()
    field.heals()
    await child.start()
    return service, hit


async def broken_decider(field: Field) -> tuple[str, bool]:
    """A decider breaks: its streams park. It is mended, ended in the middle of the replay, and all comes home."""
    service = field.rng.choice(BREAKING)
    child = field.process(f"{service}-1")
    told = cast("dict[str, str]", child.environment)
    told["ONECARD_BROKEN"] = "1"
    await child.restart()
    try:
        await eventually(lambda: field.parked(service), 40)
        # What waits for those inside may be nothing they would be answered: who comes now is.
        for _ in range(COME):
            stage = field.somebody()
            await stage.say(RegistrationRequested, **stage.registration())
        await field.progressed(20)
    finally:
        del told["ONECARD_BROKEN"]
    await child.restart()
    field.order(f"{service}-1", REPLAYED)
    parked = await field.parked(service)
    with suppress(httpx.TransportError):  # It may die of the first already; what is left is asked for below.
        for stream in parked:
            await field.town.replay(service, stream["id"])
    struck = await field.carried_out(f"{service}-1", 5)
    field.heals()
    if struck:
        child.kill()
        await child.start()
    await eventually(lambda: _none_parked(field, service), 60)
    return f"{service}, {len(parked)} streams parked, replay {'killed' if struck else 'whole'}", bool(parked)


async def _none_parked(field: Field, service: str) -> bool:
    left = await field.parked(service)
    for stream in left:
        if not stream["replaying"]:
            await field.town.replay(service, stream["id"])
    return not left


async def _handles(field: Field, service: str) -> None:
    """Somebody owns its partitions again and goes on."""

    async def goes_on() -> bool:
        return await field.town.behind(service) <= 5

    await eventually(goes_on, 60)


async def _ready(field: Field, child: Child) -> bool:
    try:
        return (await field.town.http.get(f"{child.address}/readyz")).status_code == 200
    except OSError:
        return False


assert set(AT) == set(POINTS)
