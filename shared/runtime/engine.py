"""The one runtime of every service that decides: a batch of records in, facts out, once.

handle(batch):
  1. Read every record; set the unreadable aside.
  2. Group by stream, keeping log order.
  3. Load all streams in one query (but for those this owner just saved).
  4. Per stream, per event: step; encode the document and its facts.
  5. Save every touched stream in one bulk write, compare-and-set. A lost race: reload that stream, repeat 4.
  6. Publish every outbox entry not yet acknowledged, in order; await all acknowledgements.
  7. (the owner) commit explicit offsets.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from shared import heard
from shared.decider import Service
from shared.envelope import Envelope, Record
from shared.given_up import Passed, give_up
from shared.reference import Reference
from shared.runtime import dead_letters, documents
from shared.runtime.changes import Changes
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.deadlines import Deadlines
from shared.runtime.documents import STREAMS, Kept, Waiting
from shared.runtime.log import Log, Place, first_offsets, next_offsets
from shared.runtime.parking import (
    Parked,
    any_marked,
    asked_to_give_up,
    park,
    park_again,
    replay_letters,
    replay_streams,
)
from shared.runtime.reading import UNKNOWN_VERSION, Item, Reader
from shared.runtime.seldom import Seldom, wall_clock_ms
from shared.runtime.store import MAX_DOCUMENT, Document, Store
from shared.runtime.telemetry import Telemetry
from shared.step import SameIdOtherBytes, Stream, step
from shared.unchanging import unchanging

MAX_FACT = 512 * 1024
CACHED = 500
"""Streams kept in memory, as many as a full batch may touch: one of guide is 14 KiB, and three are loaded in 0.2 ms."""


class CannotBeKept(Exception):
    """A document or fact over its limit: the event that made it so parks its stream."""


@unchanging
class Work:
    """One stream of a batch: as it was loaded, and its events. A `fenced` one is saved whatever comes of them."""

    kept: Kept[Any]
    items: list[Item]
    replay: bool = False
    fenced: bool = False


class Engine:
    """The numbered steps. Knows no Kafka and no database, only their ports."""

    def __init__(
        self,
        service: Service[Any],
        store: Store,
        log: Log,
        reference: Reference,
        *,
        telemetry: Telemetry,
        changes: Changes,
        clock: Callable[[], int] = wall_clock_ms,
        passed: Passed | None = None,
    ) -> None:
        """`passed` are records the log says were given up: only a fold can know of them before it comes to them."""
        self.service, self.store, self.log, self.reference = service, store, log, reference
        self.telemetry, self.changes = telemetry, changes
        self.reader = Reader(service, reference)
        self.deadlines = Deadlines(service, store, log, telemetry)
        self.replays = Seldom(clock)
        self.clock, self.passed = clock, passed or {}
        self._mine: OrderedDict[str, Kept[Any]] = OrderedDict()

    async def handle(self, records: Sequence[Record], *, replay: bool = False) -> None:
        """Steps 1 to 6 for one batch. Raises StoreUnavailable or LogUnavailable with nothing committed."""
        begun = self.telemetry.now()
        items, letters = self.reader.read(records)  # 1
        aside = self._set_aside(records, letters)
        streams = {id: list[Item]() for id in aside} | _grouped(items)  # 2
        first, after = self._by_home(first_offsets(records)), self._by_home(next_offsets(records))
        self.telemetry.step("read", begun)
        works = await self._load(streams, aside, first, replay)  # 3
        done: dict[str, Kept[Any]] = {}
        while works:
            decided = self.telemetry.now()
            results = {id: self._work(work, letters) for id, work in works.items()}  # 4
            self.telemetry.step("decide", decided)
            saved, lost = await self._save(works, results, letters)  # 5
            done |= saved
            self.telemetry.conflicts(len(lost))
            works = await self._load({id: streams[id] for id in lost}, aside, first, replay) if lost else {}
        await dead_letters.keep(self.store, letters)
        await self._publish(done.values(), after)  # 6
        self._remember(done, after)
        self.telemetry.handled(items, letters, records, begun)

    def forget(self) -> None:
        """Somebody else may own the streams now, or nothing is sure any more: cache nothing."""
        self._mine.clear()
        self.deadlines.forget()
        self.replays.forget()

    async def tick(self, place: Place) -> None:
        """What is due in one owned partition: deadlines, and what an operator wants replayed."""
        if self.service.says and not self.service.admits:
            await self.deadlines.say(place, self.clock())
        if not self.replays.now(place):
            return
        if await any_marked(self.store) or await dead_letters.any_asked_back(self.store):
            home = await replay_letters(self.store, self.log, place, self._readable, self._park)
            home += await replay_streams(self.service, self.store, self.log, place, self._replay)
            self.replays.looked(place, home)
            if home:
                self.deadlines.forget()  # Deadlines of a parked stream have waited with it.
        else:
            self.replays.nothing()

    async def _replay(self, records: list[Record]) -> None:
        await self.handle(records, replay=True)

    async def _park(self, records: list[Record]) -> None:
        for item in self.reader.read(records)[0]:
            await park_again(self.service, self.store, item)

    def _readable(self, record: Record) -> bool:
        found = self.reader.one(record)
        return isinstance(found, Item) and found.event is not None

    async def _load(
        self, streams: Mapping[str, list[Item]], aside: Mapping[str, Place], first: Mapping[int, int], replay: bool
    ) -> dict[str, Work]:
        begun = self.telemetry.now()
        stored = await self.store.load(STREAMS, [id for id in streams if id not in self._mine])
        works = {}
        for id, items in streams.items():
            kept = self._mine.pop(id, None)
            if kept is None and id in stored:
                kept = documents.decode(self.service, stored[id])
                if not replay:
                    kept = kept.pruned(first)
            if kept is None:
                place = items[0].place if items else aside[id]
                kept = documents.fresh(self.service, id, self.service.home(*place))
            works[id] = Work(kept, items, replay, id in aside)
        self.telemetry.step("load", begun)
        return works

    def _set_aside(self, records: Sequence[Record], letters: Sequence[DeadLetter]) -> dict[str, Place]:
        """The streams of what is set aside, and where they are read. Whoever could read it may have saved what it said
        and died: redelivery is the only relay, so that is published now, or never. And whoever is late with such a save
        has lost the race from now on: nobody would ever say what it keeps."""
        if not (letters and self.service.says):
            return {}
        aside = {(letter.topic, letter.partition, letter.offset) for letter in letters}
        found = ((self.reader.stream_of(record), record) for record in records if record[:3] in aside)
        return {id: Place(record.topic, record.partition) for id, record in found if id}

    def _work(self, work: Work, letters: list[DeadLetter], *, careful: bool = False) -> Kept[Any]:
        """Step 4 for one stream. A decider that breaks parks the stream; its later events wait in order."""
        kept = work.kept
        for item in work.items:
            try:
                changed = self._one(kept, item, work.replay)
                if careful:
                    self._encode(changed, "")
                kept = changed
            except SameIdOtherBytes:
                letters.append(dead_letters.of(item.record, "other_bytes"))
            except Parked as parked:
                if work.replay:
                    self.telemetry.replay_failed(item, parked.cause)
                    raise
                if not kept.parked:
                    self.telemetry.parked(item, parked.cause)
                kept = park(kept, item, parked.cause)
            except Exception as bug:
                if work.replay:
                    self.telemetry.replay_failed(item, bug)
                    raise
                self.telemetry.parked(item, bug)
                kept = park(kept, item, type(bug).__name__)
        return kept

    def _one(self, kept: Kept[Any], item: Item, replay: bool) -> Kept[Any]:
        if kept.parked and not replay:
            if heard.find(kept.stream.heard, item.envelope.id) == heard.digest(item.envelope):
                return kept
            raise Parked(kept.parked[0].cause)
        stream, said = self._stepped(kept, item, replay)
        if stream is kept.stream:
            return kept
        for fact in said:
            if len(fact.body) > MAX_FACT:
                raise CannotBeKept(f"a {fact.type} of {len(fact.body)} bytes")
        outbox = kept.outbox
        if said:
            home, offset = self.service.home(*item.place), item.record.offset
            followed = self.telemetry.followed
            kept_as = (fact if fact.subject else followed(fact, item.envelope) for fact in said)
            outbox = (*outbox, *(Waiting(home, offset, fact) for fact in kept_as))
        return Kept(kept.key, kept.name, kept.partition, stream, kept.version, outbox, kept.parked, kept.replaying)

    def _stepped(self, kept: Kept[Any], item: Item, replay: bool) -> tuple[Stream[Any], list[Envelope]]:
        given_up = asked_to_give_up(kept, item) if replay else None
        if self.passed and given_up is None:
            given_up = self.passed.get((item.envelope.key, item.envelope.id))
        if given_up is not None:
            return give_up(self.service, kept.stream, item.envelope, item.event, given_up)
        if item.event is None:
            raise Parked(UNKNOWN_VERSION)
        return step(self.service, kept.stream, item.envelope, item.event, self.reference)

    async def _save(
        self, works: Mapping[str, Work], results: dict[str, Kept[Any]], letters: list[DeadLetter]
    ) -> tuple[dict[str, Kept[Any]], set[str]]:
        """Step 5. What nothing happened to is not saved, unless fenced. The streams as saved, and the ids that lost the
        race."""
        begun = self.telemetry.now()
        token = uuid.uuid4().hex
        written: list[Document] = []
        for id, work in works.items():
            if results[id] is work.kept and not work.fenced:
                continue
            try:
                written.append(self._encode(results[id], token))
            except Exception:  # noqa: BLE001 - whatever can't be encoded
                # Which event made it so? Tried one by one, that one parks the stream.
                results[id] = self._work(work, letters, careful=True)
                written.append(self._encode(results[id], token))
            results[id] = results[id].saved()
        lost = await self.store.save(STREAMS, written) if written else set()
        for document in written:
            if document.id not in lost:
                self.changes.tell(_keys(document))
                self.deadlines.armed(results[document.id].partition, results[document.id].stream.due_ms())
        self.telemetry.step("save", begun)
        return {id: kept for id, kept in results.items() if id not in lost}, lost

    def _encode(self, kept: Kept[Any], token: str) -> Document:
        document = documents.encode(self.service, kept, token)
        if len(document.body) > MAX_DOCUMENT:
            raise CannotBeKept(f"a document of {len(document.body)} bytes")
        return document

    async def _publish(self, done: Iterable[Kept[Any]], after: Mapping[int, int]) -> None:
        """Step 6. In order of the record that said it; a stream's own entries are in order already.

        What later records said, when they were handled before a crash, waits for its turn, so that no stream of a
        card overtakes another.
        """
        begun = self.telemetry.now()
        waiting = (entry for kept in done for entry in kept.outbox if entry.offset < after.get(entry.partition, 0))
        entries = sorted(waiting, key=_BY_PLACE)
        if entries:
            await self.log.publish([self.telemetry.traced(self.service.name, entry.envelope) for entry in entries])
            self.telemetry.said(entry.envelope for entry in entries)
        self.telemetry.step("publish", begun)

    def _by_home(self, positions: Mapping[Place, int]) -> dict[int, int]:
        return {self.service.home(*place): offset for place, offset in positions.items()}

    def _remember(self, done: Mapping[str, Kept[Any]], after: Mapping[int, int]) -> None:
        """What this owner just saved and published, without what is acknowledged. A stale one loses the race in 5."""
        for id, kept in done.items():
            self._mine[id] = kept.pruned(after)
        while len(self._mine) > CACHED:
            self._mine.popitem(last=False)


_BY_PLACE = itemgetter(0, 1)


def _grouped(items: Iterable[Item]) -> dict[str, list[Item]]:
    streams: dict[str, list[Item]] = {}
    for item in items:
        streams.setdefault(item.stream, []).append(item)
    return streams


def _keys(document: Document) -> list[str]:
    return [document.id, *(value for value in document.index.values() if isinstance(value, str))]
