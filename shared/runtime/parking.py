"""A stream whose decider broke is parked: its records wait as pointers, in order; every other stream flows on.

`replay` marks the stream; its owner drains it in order. A pointer goes in a save after its facts are acknowledged.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from shared import heard
from shared.decider import Service
from shared.envelope import Envelope, Record, read
from shared.given_up import GivenUp
from shared.runtime import dead_letters, documents
from shared.runtime.documents import STREAMS, Kept, Pointer
from shared.runtime.failures import TRANSIENT
from shared.runtime.log import Log, Place
from shared.runtime.reading import UNKNOWN_VERSION, Item
from shared.runtime.store import IndexValue, Store

PAGE = 50
AT_ONCE = 50
"""Records that are tried in one tick of a partition, each read from the log by itself: batches wait meanwhile."""

Hear = Callable[[list[Record]], Awaitable[None]]


class Parked(Exception):
    """The stream is parked, or must be: with the cause, never a value."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def park(kept: Kept[Any], item: Item, cause: str) -> Kept[Any]:
    """The stream with one more record waiting; the same when it waits already."""
    record = item.record
    if any(pointer[:3] == (record.topic, record.partition, record.offset) for pointer in kept.parked):
        return kept
    digest = heard.digest(item.envelope).hex()
    pointer = Pointer(record.topic, record.partition, record.offset, item.envelope.id, digest, cause)
    return replace(kept, parked=(*kept.parked, pointer))


async def park_again(service: Service[Any], store: Store, item: Item) -> None:
    """Put a dead letter that can be taken now behind all its stream has, to be drained at once. Only what a parked
    record said stays in the outbox until it is acknowledged, whatever is committed meanwhile."""
    while True:
        stored = (await store.load(STREAMS, [item.stream])).get(item.stream)
        home = service.home(*item.place)
        kept = documents.decode(service, stored) if stored else documents.fresh(service, item.stream, home)
        parked = park(kept, item, "replayed")
        if parked is kept:
            return
        marked = replace(parked, replaying=kept.replaying or not kept.parked)
        if not await store.save(STREAMS, [documents.encode(service, marked, uuid.uuid4().hex)]):
            return


async def ask_replay(service: Service[Any] | None, store: Store, id: str) -> bool:
    """Mark a parked stream, or an open dead letter, to be tried again by its owner. False when there is none."""
    letter = await dead_letters.load(store, id)
    if letter is not None:
        asked = replace(letter, replay=True)
        return letter.standing == "open" and await dead_letters.save(store, asked, uuid.uuid4().hex)
    stored = (await store.load(STREAMS, [id])).get(id) if service is not None else None
    if service is None or stored is None:
        return False
    kept = documents.decode(service, stored)
    if not kept.parked:
        return False
    marked = documents.encode(service, replace(kept, replaying=True), uuid.uuid4().hex)
    return not await store.save(STREAMS, [marked])


async def ask_refusal(service: Service[Any], store: Store, id: str, given_up: GivenUp) -> Pointer | None:
    """Have the owner of a parked stream give its first record up, and then drain the rest in order. The record; None
    when there is no such stream, or it was changed meanwhile."""
    stored = (await store.load(STREAMS, [id])).get(id)
    kept = documents.decode(service, stored) if stored else None
    if kept is None or not kept.parked:
        return None
    first = kept.parked[0]._replace(**given_up._asdict())
    marked = replace(kept, parked=(first, *kept.parked[1:]), replaying=True)
    lost = await store.save(STREAMS, [documents.encode(service, marked, uuid.uuid4().hex)])
    return None if lost else first


def asked_to_give_up(kept: Kept[Any], item: Item) -> GivenUp | None:
    """Whether an operator gave up this very record, the first its stream has parked."""
    first = kept.parked[0] if kept.parked else None
    if first is None or not first.reason or first[:3] != item.record[:3]:
        return None
    return GivenUp(first.reason, first.operator)


async def any_marked(store: Store) -> bool:
    """Whether any stream is to be drained, of whatever partition."""
    return await store.count(STREAMS, "replay", limit=1) > 0


async def replay_streams(service: Service[Any], store: Store, log: Log, place: Place, hear: Hear) -> int:
    """Drain the marked streams of one partition, so many records at a time; how many came home."""
    home_of = service.home(*place)
    marked = await store.find(STREAMS, "replay", (), since=home_of, until=home_of + 1, limit=AT_ONCE)
    home, left = 0, AT_ONCE
    for document in marked:
        tried, came = await _drain(service, store, log, document.id, hear, most=left)
        home, left = home + came, left - tried
    return home


async def replay_letters(store: Store, log: Log, place: Place, tried: Callable[[Record], bool], hear: Hear) -> int:
    """Try the dead letters asked back in one partition; how many are home. One that fails again stays, unmarked."""
    home = 0
    for letter in await dead_letters.asked_back(store, place.topic, place.partition, AT_ONCE):
        record = await log.read(Place(letter.topic, letter.partition), letter.offset)
        # The same id with other bytes is for people to compare; trying again can't tell which is right.
        taken = record is not None and letter.cause != "other_bytes" and tried(record)
        if record is not None and taken:
            await hear([record])
            home += 1
        standing = "home" if taken else "open"
        await dead_letters.save(store, replace(letter, standing=standing, replay=False), uuid.uuid4().hex)
    return home


async def _drain(service: Service[Any], store: Store, log: Log, id: str, hear: Hear, *, most: int) -> tuple[int, int]:
    """How many of one stream's records were tried, at most so many, and how many of them came home."""
    tried = home = 0
    while tried < most:
        stored = (await store.load(STREAMS, [id])).get(id)
        kept = documents.decode(service, stored) if stored else None
        if kept is None or not kept.parked or not kept.replaying:
            break
        tried += 1
        pointer = kept.parked[0]
        record = await log.read(Place(pointer.topic, pointer.partition), pointer.offset)
        failed = record is None or not _is(pointer, record)
        if record is not None and not failed:
            try:
                await hear([record])
            except Exception as still:
                if isinstance(still, TRANSIENT):
                    raise
                failed = True
        home += not failed
        await _settle(service, store, id, pointer, failed)
    return tried, home


class UnknownVersions:
    """How many parked streams wait for a version that this process can't read yet. One page of them a look: thousands
    cost no more than a few do, and are known some looks later."""

    def __init__(self, service: Service[Any], store: Store) -> None:
        self.service, self.store = service, store
        self.known = 0
        self._counted = 0
        self._after: tuple[IndexValue, str] | None = None

    async def look(self) -> None:
        """At the next page; after the last one, what was counted is all there is."""
        page = await self.store.find(STREAMS, "parked", after=self._after, limit=PAGE)
        kept = [documents.decode(self.service, document) for document in page]
        self._counted += sum(any(pointer.cause == UNKNOWN_VERSION for pointer in one.parked) for one in kept)
        if len(page) == PAGE:
            self.known = max(self.known, self._counted)
            self._after = page[-1].index["parked"], page[-1].id
        else:
            self.known, self._counted, self._after = self._counted, 0, None


def _is(pointer: Pointer, record: Record) -> bool:
    """Whether the log still has the very record that was parked."""
    envelope = read(record)
    return isinstance(envelope, Envelope) and heard.digest(envelope).hex() == pointer.digest


async def _settle(service: Service[Any], store: Store, id: str, pointer: Pointer, failed: bool) -> None:
    """After the facts are acknowledged: the pointer goes, or (it failed again) the mark does."""
    while True:
        kept = documents.decode(service, (await store.load(STREAMS, [id]))[id])
        if failed:
            parked = tuple(other._replace(reason="", operator="") for other in kept.parked)
            kept = replace(kept, replaying=False, parked=parked)
        else:
            left = tuple(other for other in kept.parked if other != pointer)
            kept = replace(kept, parked=left, replaying=kept.replaying and bool(left))
        if not await store.save(STREAMS, [documents.encode(service, kept, uuid.uuid4().hex)]):
            return
