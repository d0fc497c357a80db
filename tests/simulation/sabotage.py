"""The runtime with one protection taken away. Each must be seen by the very simulation that proves the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from services.records.queries import ENTRIES
from shared import heard
from shared.adapters.memory import MemoryStore
from shared.decider import Decision, Hold
from shared.envelope import Record
from shared.runtime import documents, engine, parking, positions
from shared.runtime.engine import Engine
from shared.runtime.log import LogUnavailable, OwnershipLost, Place, next_offsets
from shared.runtime.owner import Owner
from shared.runtime.store import Document
from shared.step import _Work

Sabotage = Callable[[pytest.MonkeyPatch], None]
FAR = dict.fromkeys(range(4), 1 << 60)


def auto_commit(patch: pytest.MonkeyPatch) -> None:
    """Offsets are committed as soon as a batch is read."""
    _trust_commits(patch)
    take = Owner.take

    async def committed_first(self: Owner, records: Sequence[Record], *, behind: bool = False) -> bool:
        with suppress(LogUnavailable, OwnershipLost):
            await self.log.commit(next_offsets(records))
        return await take(self, records, behind=behind)

    patch.setattr(Owner, "take", committed_first)


def commit_before_publish(patch: pytest.MonkeyPatch) -> None:
    """Offsets are committed before the outbox is acknowledged."""
    _trust_commits(patch)
    publish = Engine._publish

    async def committed_first(self: Engine, done: Any, after: Mapping[int, int]) -> None:
        await self.log.commit({Place(self.service.source, partition): offset for partition, offset in after.items()})
        await publish(self, done, after)

    patch.setattr(Engine, "_publish", committed_first)


def no_outbox(patch: pytest.MonkeyPatch) -> None:
    """What is to be said is published, and never saved with the state."""
    encode = documents.encode
    patch.setattr(documents, "encode", lambda service, kept, token: encode(service, replace(kept, outbox=()), token))


def no_compare_and_set(patch: pytest.MonkeyPatch) -> None:
    """Whoever saves last wins."""

    async def save(self: MemoryStore, collection: str, written: Sequence[Document]) -> set[str]:
        self._reach("save")
        for document in self._declared[collection].admit(written):
            self._tables[collection].put(document)
        return set()

    patch.setattr(MemoryStore, "save", save)


def no_heard(patch: pytest.MonkeyPatch) -> None:
    """No stream knows what it has heard."""
    patch.setattr(heard, "find", lambda _heard, _id: None)


def no_order_in_the_outbox(patch: pytest.MonkeyPatch) -> None:
    """What later records said is not held back when an earlier one comes again."""
    publish, remember = Engine._publish, Engine._remember
    patch.setattr(Engine, "_publish", lambda self, done, _after: publish(self, done, FAR))
    patch.setattr(Engine, "_remember", lambda self, done, _after: remember(self, done, FAR))


def replay_forgets(patch: pytest.MonkeyPatch) -> None:
    """A parked record's pointer goes before its facts are acknowledged."""

    async def replay_streams(service: Any, store: Any, log: Any, place: Place, hear: parking.Hear) -> int:
        async def forgotten_first(records: list[Record]) -> None:
            [record] = records
            for document in await store.find(documents.STREAMS, "parked", ()):
                kept = documents.decode(service, document)
                for pointer in kept.parked:
                    if pointer[:3] == record[:3]:
                        await parking._settle(service, store, document.id, pointer, False)
            await hear(records)

        return await parking.replay_streams(service, store, log, place, forgotten_first)

    patch.setattr(engine, "replay_streams", replay_streams)


def letters_replayed_unparked(patch: pytest.MonkeyPatch) -> None:
    """A dead letter that can be taken now is handled at once, behind nothing its stream has."""
    _trust_commits(patch)
    patch.setattr(Engine, "_park", Engine.handle)


def silence_for_no(patch: pytest.MonkeyPatch) -> None:
    """What has not been seen yet is refused at once, never waited for."""
    decide = _Work._decide

    def refused(self: _Work[Any], event: Any) -> Decision:
        decision = decide(self, event)
        return self._overdue(event, decision.code) if isinstance(decision, Hold) else decision

    patch.setattr(_Work, "_decide", refused)


def archive_overwrites(patch: pytest.MonkeyPatch) -> None:
    """A later copy takes an entry's place."""
    insert = MemoryStore.insert

    async def upsert(self: MemoryStore, collection: str, documents: Sequence[Document]) -> set[str]:
        if collection != ENTRIES.name:
            return await insert(self, collection, documents)
        self._reach("insert")
        for document in self._declared[collection].admit(documents):
            self._tables[collection].put(document)
        return set()

    patch.setattr(MemoryStore, "insert", upsert)


def archive_doubles(patch: pytest.MonkeyPatch) -> None:
    """An entry whose id is taken is kept beside the first."""
    insert = MemoryStore.insert

    async def beside(self: MemoryStore, collection: str, documents: Sequence[Document]) -> set[str]:
        if collection != ENTRIES.name:
            return await insert(self, collection, documents)
        taken = await insert(self, collection, documents)
        again = [replace(one, id=f"{one.id}/{one.index['position']}") for one in documents if one.id in taken]
        await insert(self, collection, again)
        return set()

    patch.setattr(MemoryStore, "insert", beside)


def _trust_commits(patch: pytest.MonkeyPatch) -> None:
    """Reading goes on from the commit, whatever the store says of itself: what is heard again from there would mend a
    commit that came too early, and what was saved and never said."""
    patch.setattr(positions, "begins", lambda _name, _place, _kept, standing, committed: committed or standing.start)
