"""What every service remembers, against what the log says it must: each store beside one made anew from the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy.check.recompute import service_of
from deploy.check.sources import committed as committed_by
from services.records.queries import whole_digest
from shared.adapters.kafka import KafkaLog
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.adapters.stores import open_store
from shared.decider import Service
from shared.events import SERVICES
from shared.reference import Reference, load
from shared.runtime.archive import Archive
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.digest import digest
from shared.runtime.documents import collection
from shared.runtime.log import Place
from shared.runtime.rebuild import rebuild
from shared.runtime.store import Store
from tests.faults.place import StruckTown


async def wrong_states(town: StruckTown) -> AsyncIterator[str]:
    """The services whose store is not what the log says. All must be at rest."""
    secret = town.city.secrets["terminal-master.key"]
    reference = replace(load(town.here.reference), terminal_secret=secret)
    for name in SERVICES:
        with TemporaryDirectory(prefix="onecard-faults-") as scratch:
            if not await _same(town, name, reference, Path(scratch)):
                yield name


async def _same(town: StruckTown, name: str, reference: Reference, scratch: Path) -> bool:
    service = service_of(name)
    log = KafkaLog(town.here.kafka, f"onecard-{name}", service.reads)
    committed = {
        Place(topic, at): offset
        for topic in service.reads
        for at, offset in (await committed_by(town.here.kafka, log.group, topic)).items()
    }
    live, fresh = open_store(town.here.store, name), open_store(f"sqlite:{scratch}", name, scratch=True)
    own = service.collections if isinstance(service, Archive) else (collection(service),)
    try:
        await live.open((*own, DEAD_LETTERS))
        with SqliteElsewhere(scratch / "elsewhere.sqlite") as there:
            await rebuild(service, log, fresh, reference, committed=committed, elsewhere=there)
        return await _digest(service, live, committed) == await _digest(service, fresh, committed)
    finally:
        await live.close()
        await fresh.close()


async def _digest(service: Service[Any] | Archive, store: Store, committed: dict[Place, int]) -> tuple[str, int]:
    if isinstance(service, Archive):
        return await whole_digest(store)
    return await digest(store, [service.home(*place) for place in committed])
