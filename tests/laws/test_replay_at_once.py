"""However much is to be tried again, batches wait for a bounded part of it, and all of it comes home."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.lab.service import SERVICE
from shared import heard
from shared.adapters.memory import MemoryStore
from shared.envelope import Envelope, Record, headers, read
from shared.runtime import documents
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import STREAMS, Pointer, collection
from shared.runtime.log import Place
from shared.runtime.parking import AT_ONCE, replay_streams
from tests.support.spec import CARD, an_id

PLACE = Place("onecard.events", 3)


class Log:
    """Has every record of one partition, and counts how many were read."""

    reads = 0

    async def read(self, place: Place, offset: int) -> Record | None:
        self.reads += 1
        said = Envelope(an_id(offset), "onecard.test.said.v1", "2026-11-24T09:00:00+08:00", CARD, b"{}")
        return Record(*place, offset, 0, CARD.encode(), said.body, headers(said))


async def hear(_records: list[Record]) -> None:
    return None


@pytest.mark.parametrize(("streams", "each"), [(1, 3 * AT_ONCE), (3 * AT_ONCE, 1), (4, 30), (2, AT_ONCE)])
async def test_one_tick_tries_so_many_and_ticks_bring_all_home(streams: int, each: int) -> None:
    store, log = MemoryStore(), Log()
    await store.open((collection(SERVICE), DEAD_LETTERS))
    for n in range(streams):
        pointers = [await parked(log, n * each + one) for one in range(each)]
        kept = documents.fresh(SERVICE, f"{CARD}/{an_id(n)}", SERVICE.home(*PLACE))
        marked = replace(kept, parked=tuple(pointers), replaying=True)
        assert not await store.save(STREAMS, [documents.encode(SERVICE, marked, "made")])
    home, ticks = 0, 0
    while home < streams * each:
        log.reads, ticks = 0, ticks + 1
        some: Any = log
        came = await replay_streams(SERVICE, store, some, PLACE, hear)
        assert (came, log.reads <= AT_ONCE) == (log.reads, True)
        home += came
    assert ticks == -(-streams * each // AT_ONCE)
    assert await store.count(STREAMS, "parked") == 0


async def parked(log: Log, offset: int) -> Pointer:
    record = await log.read(PLACE, offset)
    envelope = record and read(record)
    assert isinstance(envelope, Envelope)
    return Pointer(*PLACE, offset, envelope.id, heard.digest(envelope).hex(), "KeyError")
