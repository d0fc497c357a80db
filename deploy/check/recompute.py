"""Recompute what every service but intake says, and compare it with the log: in two processes, each its own partitions.

A worker is `python -m deploy.check.worker`: one JSON line in, a line of progress per batch and one of results out.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from deploy.check.result import Finding
from deploy.check.sources import EVENTS
from shared.adapters.kafka import KafkaLog
from shared.adapters.kafka_access import KafkaAccess
from shared.adapters.memory import MemoryStore
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.decider import Service
from shared.events import SERVICES
from shared.reference import Reference, load
from shared.runtime.archive import Archive
from shared.runtime.elsewhere import Elsewhere
from shared.runtime.fold import Fold, PassedOver, Step, fold, passed_over
from shared.runtime.log import Log, Place
from shared.runtime.store import Store
from shared.runtime.unsent import Difference, Folded

WORKERS = 2
MOST_LINE = 16 * 1024 * 1024
CODES = {"lacking": "recompute_lacking", "foreign": "recompute_foreign", "other": "recompute_other"}

Handled = Mapping[str, Mapping[Place, int]]


def deciders() -> list[Service[Any]]:
    """Every service that decides from the log alone: all that say something, but intake."""
    return [
        found for name in SERVICES if isinstance(found := service_of(name), Service) and found.says and not found.admits
    ]


def service_of(name: str) -> Service[Any] | Archive:
    """The service or archive of that name; LookupError when there is none."""
    if name not in SERVICES:
        raise LookupError(f"there is no service {name}; there are {', '.join(SERVICES)}")
    module = import_module(f"services.{name}.service")
    found: Service[Any] | Archive = module.ARCHIVE if hasattr(module, "ARCHIVE") else module.SERVICE
    return found


async def recomputed(
    services: Sequence[Service[Any]],
    log: Log,
    reference: Reference,
    *,
    ends: Mapping[Place, int],
    handled: Handled,
    store: Callable[[str], Store],
    elsewhere: Callable[[], AbstractContextManager[Elsewhere]],
    step: Step = lambda _: None,
) -> list[Folded]:
    """Some partitions through all services, in this process. What they said for other keys is written down
    in what `elsewhere` makes: an empty one each time it is asked."""
    share = _Share(log, ends, handled, step)
    try:
        with elsewhere() as there:
            return await share.folded([Fold(one, store(one.name), reference, there) for one in services])
    except PassedOver:
        # People have given records up, which is rare: look for them, and fold again into stores made anew.
        passed = {one.name: await passed_over(one, log, share.read_by(one)) for one in services}
        with elsewhere() as there:
            return await share.folded(
                [Fold(one, store(one.name), reference, there, passed=passed[one.name]) for one in services]
            )


async def settled(
    services: Sequence[Service[Any]], log: Log, reference: Reference, handled: Handled, elsewhere: Elsewhere
) -> list[Folded]:
    """What was said for other keys against what was met, once all partitions of all topics were folded."""
    folds = [Fold(one, MemoryStore(), reference, elsewhere) for one in services]
    for one in folds:
        await one.settle(log, handled.get(one.service.name, {}))
    return [one.result for one in folds]


@dataclass(frozen=True)
class _Share:
    """Some partitions, and how far to fold them."""

    log: Log
    ends: Mapping[Place, int]
    handled: Handled
    step: Step

    async def folded(self, folds: list[Fold]) -> list[Folded]:
        try:
            for one in folds:
                await one.open()
            for place, end in sorted(self.ends.items()):
                until = {name: offsets.get(place, 0) for name, offsets in self.handled.items()}
                await fold(folds, self.log, place, end=end, until=until, step=self.step)
        finally:
            for one in folds:
                await one.store.close()
        return [one.result for one in folds]

    def read_by(self, service: Service[Any]) -> dict[Place, int]:
        """The places a service reads, and where they end."""
        return {place: end for place, end in self.ends.items() if place.topic in service.reads}


async def recompute(
    kafka: str | KafkaAccess, reference: Path, ends: Mapping[Place, int], handled: Handled, step: Step
) -> AsyncIterator[Finding]:
    """What differs anywhere on the log. RuntimeError when a worker ends before its work does."""
    shares = [dict(sorted(ends.items())[worker::WORKERS]) for worker in range(WORKERS)]
    with tempfile.TemporaryDirectory(prefix="onecard-recompute-") as folder:
        files = [Path(folder) / f"elsewhere-{worker}.sqlite" for worker in range(WORKERS)]
        works = [
            _work(_told(kafka, reference, share, handled, file), step)
            for share, file in zip(shares, files, strict=True)
            if any(share.values())
        ]
        results = await asyncio.gather(*works)
        with SqliteElsewhere(Path(folder) / "elsewhere.sqlite") as there:
            for file in files:
                if file.exists():
                    there.absorb(file)
            log = KafkaLog(kafka, "onecard-check", EVENTS)
            results.append(await settled(deciders(), log, load(reference), handled, there))
    for result in (result for share in results for result in share):
        for finding in findings(result):
            yield finding


def findings(result: Folded) -> list[Finding]:
    """What a fold found, as findings."""
    found = [_finding(difference) for difference in result.differences]
    if result.parked:
        detail = f"{result.parked} records of {result.service} when recomputed"
        found.append(Finding("parked", (), -1, -1, result.service, detail, "parked"))
    return found


def _finding(one: Difference) -> Finding:
    topic, detail = "" if one.topic == EVENTS else one.topic, one.type.split(".")[2]
    return Finding(CODES[one.what], (one.id,), one.partition, one.offset, one.service, detail, topic=topic)


def _told(
    kafka: str | KafkaAccess, reference: Path, ends: Mapping[Place, int], handled: Handled, file: Path
) -> dict[str, Any]:
    """What a worker is told."""
    return {
        "kafka": KafkaAccess.of(kafka).shown(),
        "reference": str(reference),
        "elsewhere": str(file),
        "ends": _out(ends),
        "handled": {name: _out(offsets) for name, offsets in handled.items()},
    }


async def _work(told: dict[str, Any], step: Step) -> list[Folded]:
    command = (sys.executable, "-m", "deploy.check.worker")
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=MOST_LINE)
    try:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("a worker has no pipes")
        child.stdin.write(json.dumps(told).encode() + b"\n")
        child.stdin.close()
        async for line in child.stdout:
            heard = json.loads(line)
            if isinstance(heard, int):
                step(heard)
            else:
                return [_folded(one) for one in heard]
        raise RuntimeError(f"recomputing ended early, with status {await child.wait()}")
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def _folded(told: dict[str, Any]) -> Folded:
    return Folded(**{**told, "differences": [Difference(*one) for one in told["differences"]]})


def _out(offsets: Mapping[Place, int]) -> list[tuple[str, int, int]]:
    return [(*place, offset) for place, offset in offsets.items()]
