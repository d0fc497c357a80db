"""One run: people under load, faults one after the other, then the end: heal, drain, kill the store, start, check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from time import monotonic

from deploy.demo.places import places
from deploy.demo.scene import Scene
from deploy.http import client, dead_letters
from shared.events import SERVICES
from shared.reference.insurance import Settles
from tests.faults.field import Field, Struck
from tests.faults.history import History
from tests.faults.judged import came_to_an_end, judged
from tests.faults.kinds import KINDS
from tests.faults.place import StruckTown, struck_town
from tests.faults.report import Report
from tests.faults.states import wrong_states
from tests.support.card_office import card_office
from tests.support.crowd import crowd

AT_ONCE = 6
MOST = 5_000
DRAINED = 90.0


class NothingGoesOnError(RuntimeError):
    """The log does not grow although people are inside: no fault would hit live work."""


async def run_cell(
    folder: Path,
    kinds: Sequence[str],
    *,
    seed: int,
    store: str = "sqlite",
    brokers: int = 1,
    sabotage: str = "",
    tell: Callable[[object], None] = print,
) -> Report:
    """Strike so many times in an empty folder, and judge what is left. With an odd seed the insurer's gateway settles
    every bill."""
    begun, rng = monotonic(), Random(seed)
    settles: Settles = "port" if seed % 2 else "local"
    report = Report(seed, store, brokers, sabotage, settles)
    folder.mkdir(parents=True, exist_ok=True)
    history = History(folder / "history.jsonl")
    wired = tuple(rng.sample(SERVICES, 2))
    try:
        async with struck_town(
            folder / "town", history, store=store, brokers=brokers, wired=wired, sabotage=sabotage, settles=settles
        ) as town:
            scene = Scene(town.edges, town.guide, town.city, seed, 0.1)
            elsewhere = next(place.code for place in town.city.institutions if place not in places(town.city))
            async with (
                card_office(scene, elsewhere) as office,
                crowd(town, at_once=AT_ONCE, most=MOST, seed=seed, scene=scene) as people,
            ):
                field = Field(town, people, scene, history, rng, by_call=settles == "port")
                try:
                    for kind in kinds:
                        report.struck.append(await _strike(field, kind, report))
                        tell(report.struck[-1])
                except NothingGoesOnError as stuck:
                    report.add("not finished", str(stuck))
                people.close()
            report.visits = len(people.outcomes)
            report.cards = office.lives
            report.failed_visits = len(people.errors) + sum(one.status == "given_up" for one in people.outcomes)
            await _end(town, report)
            report.events = await town.events()
            await _judge(field, report, folder)
    finally:
        history.close()
    report.asked, report.seconds = history.outcomes, round(monotonic() - begun, 1)
    return report


async def _strike(field: Field, kind: str, report: Report) -> Struck:
    """One fault, once there was progress; it is over when everybody has caught up."""
    try:
        at = await field.progressed()
    except TimeoutError:
        raise NothingGoesOnError(f"nothing went on before a fault, {kind}, could strike") from None
    inside = field.people.inside
    field.heals()
    try:
        what, hit = await KINDS[kind](field)
    except TimeoutError:
        what, hit = "something it waited for never came about", False
        report.add("not finished", f"{kind}, at event {at}: {what}")
        await field.town.healed()
    struck = Struck(kind, what, at, inside, hit, await field.caught_up())
    field.history.struck(asdict(struck))
    return struck


async def _end(town: StruckTown, report: Report) -> None:
    """Heal, drain; then end without warning whatever holds data, so that only what is durable is judged."""
    await town.healed()
    await _drain(town, report)
    processes = town.local.processes
    for name in processes.children:
        processes.kill(name)
    if store := town.local.servers.get("store"):
        store.kill()
        await store.start()
    await processes.start(*(f"{service}-1" for service in SERVICES))
    await _drain(town, report)


async def _drain(town: StruckTown, report: Report) -> None:
    try:
        await town.drained(DRAINED)
    except TimeoutError:
        report.add("not finished", f"not at rest within {DRAINED:.0f} s")


async def _judge(field: Field, report: Report, folder: Path) -> None:
    town = field.town
    poison = {place for _, place in field.aside}
    report.add_check(await town.check(), poison)
    for word, id in await judged(town.here.kafka, folder / "history.jsonl", folder / "judged.sqlite", poison):
        report.add(word, id)
    report.ended = await came_to_an_end(town.here.kafka)
    async for service in wrong_states(town):
        report.add("wrong states", service)
    found = {standing: set[tuple[str, str]]() for standing in ("open", "home")}
    async with client() as asking:
        for service in SERVICES:
            for standing, letters in found.items():
                url = town.here.urls[service]
                letters |= {(service, one["id"]) async for one in dead_letters(asking, url, standing)}
    report.letters_expected, report.letters_found = len(field.aside), len(found["open"] & field.aside)
    report.letters_other = sorted(f"{service} {place}" for service, place in found["open"] ^ field.aside)
    report.home_expected, report.home_found = len(field.home), len(found["home"] & field.home)
