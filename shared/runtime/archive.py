"""The runtime of an archive: a batch of records in, an entry per archived event, inserted once and never changed.

handle(batch):
  1. Skip what is not archived; read the rest; set the unreadable aside.
  2. Keep the first copy of each entry, and the others to be compared with it.
  3. Insert them in one call; compare those that were there already, and set aside what says something else.
  4. (the owner) keep what was set aside, then commit explicit offsets.

1 and 2 are `read`, which is pure, so a batch may be read while the one before it is in 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from shared.decider import SetAside
from shared.envelope import Envelope, Record, Unreadable, read
from shared.runtime.store import Collection, Document, Store

Aside = tuple[Record, str]
"""A record nobody could archive, and the cause, without values."""


class Entry(Protocol):
    """What is kept of one event: its id, its bytes, and what it can be found by."""

    @property
    def id(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def fields(self) -> Mapping[str, str | int]: ...


@dataclass(frozen=True)
class Archive:
    """A service that only keeps. `entry` and `same` are pure and total.

    `collections` hold what the log can bring back: entries are in the first. `journal` holds what it can't, so it
    lives in a store of its own that a rebuild never exchanges.
    """

    name: str
    collections: tuple[Collection, ...]
    types: frozenset[str]
    entry: Callable[[Envelope], Any]  # Entry | SetAside | None, with the service's own Entry
    same: Callable[[Any, bytes], bool]
    journal: tuple[Collection, ...] = ()
    source: str = "onecard.events"
    sources: tuple[str, ...] = ()
    version: str = "1"

    @property
    def reads(self) -> tuple[str, ...]:
        """The topics it reads: `sources`, or the one `source`."""
        return self.sources or (self.source,)


class Entries(NamedTuple):
    """What a batch came to: the first copy of each entry by id, later copies, what can't be archived, and the events
    that carry a trace."""

    first: dict[str, tuple[Record, Entry]]
    again: list[tuple[Record, Entry]]
    aside: list[Aside]
    traced: list[Envelope]


class ArchiveEngine:
    """The numbered steps. Knows the store port and nothing else; also folds the log into a scratch store."""

    def __init__(self, archive: Archive, store: Store) -> None:
        self.archive, self.store = archive, store
        self._wanted = {name.encode() for name in archive.types}
        self._families = {name.rpartition(b".")[0] for name in self._wanted}

    async def handle(self, records: Sequence[Record]) -> list[Aside]:
        """Steps 1 to 3 for one batch of whole partitions' runs. Raises StoreUnavailable: then handle it again.

        Handling the same records again, or later copies of them, changes nothing.
        """
        return await self.keep(self.read(records))

    def read(self, records: Sequence[Record]) -> Entries:
        """Steps 1 and 2."""
        found = Entries({}, [], [], [])
        for record in records:
            made = self._entry(record, found.traced)  # 1
            if made is None:
                continue
            if isinstance(made, str):
                found.aside.append((record, made))
            elif made.id not in found.first:  # 2
                found.first[made.id] = record, made
            else:
                found.again.append((record, made))
        return found

    async def keep(self, found: Entries) -> list[Aside]:
        """Step 3: all that is to be set aside."""
        stored = await self._insert([made for _, made in found.first.values()])
        aside = list(found.aside)
        for record, made in [*(found.first[id] for id in stored), *found.again]:
            first = stored[made.id] if made.id in stored else found.first[made.id][1].body
            if not self.archive.same(made, first):
                aside.append((record, "other_bytes"))
        return aside

    def takes(self, record: Record) -> bool:
        """Whether a record can be archived, or need not be: what a replay asks first."""
        return not isinstance(self._entry(record, []), str)

    def _entry(self, record: Record, traced: list[Envelope]) -> Entry | str | None:
        for name, wire in record.headers:
            if name == "ce_type" and wire is not None:
                if wire in self._wanted:
                    break
                # A later version of an archived type is for people: skipped, it would be missing and nobody would know.
                return "unknown_version" if wire.rpartition(b".")[0] in self._families else None
        envelope = read(record)
        if isinstance(envelope, Unreadable):
            return envelope.cause
        if envelope.trace:
            traced.append(envelope)
        made: Entry | SetAside | None = self.archive.entry(envelope)
        return made.cause if isinstance(made, SetAside) else made

    async def _insert(self, entries: Sequence[Entry]) -> dict[str, bytes]:
        """The bytes stored before under the ids that were taken."""
        if not entries:
            return {}
        name = self.archive.collections[0].name
        taken = await self.store.insert(name, [Document(made.id, 1, made.body, made.fields) for made in entries])
        return {id: document.body for id, document in (await self.store.load(name, taken)).items()} if taken else {}
