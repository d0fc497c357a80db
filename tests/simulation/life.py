"""One life of a city: everything its schedule has, then its end, and what is wrong with what it leaves behind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from hashlib import blake2b
from typing import NamedTuple

from shared.events import TYPES
from shared.runtime.documents import NEVER, STREAMS
from shared.runtime.seldom import EVERY_MS
from tests.simulation.clock import Clock
from tests.simulation.judged import amiss
from tests.simulation.moves import Go, Learn, Schedule
from tests.simulation.tally import Tally
from tests.simulation.town import NAMES, SLOTS, Town
from tests.support.oracle import at_once

ROUNDS = 2000
UNTOUCHED = nullcontext()
EVERY_MOST = 500


class Lived(NamedTuple):
    """What is wrong (nothing, as a rule), and what the city went through."""

    wrong: list[str]
    tally: Tally
    digest: str
    """Over every record of both topics: the same whenever the same schedule is lived again."""


def lived(schedule: Schedule, patched: AbstractContextManager[object] = UNTOUCHED) -> Lived:
    """The same for the same schedule. What it is `patched` with holds for the life, and not for the judgement."""
    random.seed(schedule.seed)
    clock = Clock()
    town = Town(clock, schedule.partitions, promptly=schedule.promptly, by_call=schedule.by_call)
    try:
        with patched:
            clock.run_until_complete(live(town, schedule))
        wrong = list(amiss(town))
    except Exception as error:  # noqa: BLE001 - a runtime that raises where it must not is what is looked for
        wrong = [f"raised: {type(error).__name__}: {error}"]
    finally:
        clock.run_until_complete(_end())
        clock.close()
    return Lived(wrong, _counted(town), _digest(town))


async def live(town: Town, schedule: Schedule) -> None:
    """All moves; then heal, drain, crash every process once more, restart from what is durable, and settle."""
    for move in schedule.moves:
        await town.do(move)
    await heal(town)
    await drain(town)
    for group in town.groups.values():
        await town.crash(group)
    town.mend()
    await settle(town)


async def heal(town: Town) -> None:
    """Everything answers again, whatever was stopped goes on, and what was frozen finishes, late."""
    town.away.clear()
    await town.do(Learn())
    for group in town.groups.values():
        group.stopped = False
    while town.frozen:
        await town.wake(-1)
    await town.land()
    town.mend()


async def drain(town: Town) -> None:
    """Until nobody has anything to read and nothing more is said."""
    for _ in range(ROUNDS):
        before = _records(town)
        await town.pass_time(EVERY_MS)  # So that replays are looked for.
        for name in NAMES:
            for slot in range(SLOTS):
                await town.go(Go(name, slot, EVERY_MOST))
                await town.go(Go(name, slot, 0))
        if before == _records(town) and not any(_unread(town)) and not town.waits_for_insurer():
            return
    raise AssertionError("the city never comes to rest")


async def settle(town: Town) -> None:
    """Until everything is heard and every deadline is over."""
    for _ in range(ROUNDS):
        await drain(town)
        due = _next_due(town)
        if due is None:
            return
        await town.pass_time(max(1, due - town.clock.ms()))
    raise AssertionError("there is always one more deadline")


async def _end() -> None:
    """Whatever still runs when a life ends in the middle is gone."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _records(town: Town) -> int:
    return sum(map(len, town.topics.records.values()))


def _unread(town: Town) -> Iterator[bool]:
    for name, group in town.groups.items():
        for place in (place for topic in group.what.reads for place in town.topics.places(topic)):
            yield town.topics.committed.get((name, place), 0) < len(town.topics.records[place])


def _next_due(town: Town) -> int | None:
    due: list[int] = []
    for name in town.services:
        for partition in range(town.topics.partitions):
            found = at_once(town.stores[name].find(STREAMS, "due", (partition,), until=NEVER, limit=1))
            due += [int(document.index["due"] or 0) for document in found]
    return min(due, default=None)


def _digest(town: Town) -> str:
    found = blake2b(digest_size=16)
    for place, records in sorted(town.topics.records.items()):
        for record in records:
            found.update(repr((place, record.time_ms, record.key, record.value, record.headers)).encode())
    return found.hexdigest()


def _counted(town: Town) -> Tally:
    tally, seen = town.tally, set[object]()
    for record in town.topics.all("onecard.events"):
        heads = dict(record.headers)
        tally.events += 1
        if (type := (heads.get("ce_type") or b"").decode(errors="replace")) in TYPES:
            tally.said[type.split(".")[-2]] += 1
        seen.add((record.key, heads.get("ce_id")))
    tally.lives.update(tally.said.keys())
    tally.seeds, tally.fewest, tally.copies = 1, tally.events, tally.events - len(seen)
    tally.letters = sum(len(town.left().letters(name)) for name in NAMES)
    return tally
