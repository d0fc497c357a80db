"""Negative controls: the same run with one protection taken away. Each must turn it red, or the harness is blind.

Every one is the mistake as it is really made, on the real runtime and adapters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from shared import app, heard
from shared.adapters import kafka
from shared.adapters.kafka import KafkaLog
from shared.decider import Hold, Overdue
from shared.envelope import Record
from shared.runtime import documents, parking, positions
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.log import Place, next_offsets
from shared.runtime.owner import Owner
from shared.runtime.positions import POSITIONS
from shared.runtime.store import Document, Store
from tests.faults.struck.places import in_place_of


def auto_commit() -> None:
    """The client commits what it has fetched, every so often, whether or not it was handled."""

    def hasty(consumer: Any) -> Any:
        class Hasty(consumer):  # type: ignore[misc]
            def __init__(self, *args: Any, **told: Any) -> None:
                super().__init__(*args, **{**told, "enable_auto_commit": True, "auto_commit_interval_ms": 100})

        return Hasty

    async def left_to_the_client(_log: KafkaLog, _positions: Any) -> None:
        return

    _trust_commits()
    in_place_of(kafka, "PatientConsumer", hasty)
    in_place_of(KafkaLog, "commit", lambda _: left_to_the_client)


def commit_first() -> None:
    """Offsets are committed before the outbox is acknowledged."""
    in_hand: list[Record] = []

    def remembering(take: Any) -> Any:
        async def taken(owner: Owner, records: Sequence[Record], *, behind: bool = False) -> Any:
            in_hand[:] = records
            try:
                return await take(owner, records, behind=behind)
            finally:
                in_hand.clear()

        return taken

    def committing(publish: Any) -> Any:
        async def published(log: KafkaLog, envelopes: Sequence[Any]) -> None:
            if in_hand:
                await log.commit(next_offsets(in_hand))
            await publish(log, envelopes)

        return published

    _trust_commits()
    in_place_of(Owner, "take", remembering)
    in_place_of(KafkaLog, "publish", committing)


def _trust_commits() -> None:
    """Reading goes on from the commit, whatever the store says of itself: that would catch a commit made too early."""
    in_place_of(positions, "begins", lambda _: lambda _name, _at, _kept, there, committed: committed or there.start)


def no_outbox() -> None:
    """What is to be said is kept nowhere but in memory."""
    in_place_of(
        documents,
        "encode",
        lambda encode: lambda service, kept, token: encode(service, replace(kept, outbox=()), token),
    )


def no_compare_and_set() -> None:
    """The last writer wins, whatever it had read."""

    def blind(store: Store) -> None:
        def over_all(save: Any) -> Any:
            async def saved(collection: str, documents: Sequence[Document]) -> set[str]:
                if collection == POSITIONS.name:  # One that is put back has what was lost heard again, which mends it.
                    return set(await save(collection, documents))
                lost = {document.id for document in documents}
                while lost:
                    stored = await store.load(collection, lost)
                    lost = await save(collection, [_over(one, stored) for one in documents if one.id in lost])
                return lost

            return saved

        in_place_of(store, "save", over_all)

    _on_every_store(blind)


def heard_off() -> None:
    """No stream remembers what it heard."""
    in_place_of(heard, "find", lambda _: lambda _heard, _id: None)


def replay_forgets() -> None:
    """A pointer goes before what its record says is acknowledged."""

    async def drain(service: Any, store: Store, log: Any, id: str, hear: parking.Hear) -> int:
        home = 0
        while True:
            stored = (await store.load(documents.STREAMS, [id])).get(id)
            kept = documents.decode(service, stored) if stored else None
            if kept is None or not kept.parked or not kept.replaying:
                return home
            pointer = kept.parked[0]
            record = await log.read(Place(pointer.topic, pointer.partition), pointer.offset)
            await parking._settle(service, store, id, pointer, failed=False)
            await hear([record])
            home += 1

    in_place_of(parking, "_drain", lambda _: drain)


def silence_for_no() -> None:
    """What has not come yet is taken for what will never come."""

    def impatient(engine: Any) -> Any:
        def made(service: Any, *others: Any, **named: Any) -> Any:
            def decide(state: Any, event: Any, reference: Any) -> Any:
                found = service.decide(state, event, reference)
                if isinstance(found, Hold):
                    return service.decide(state, Overdue(event, found.code), reference)
                return found

            return engine(replace(service, decide=decide), *others, **named)

        return made

    in_place_of(app, "Engine", impatient)


def archive_overwritten() -> None:
    """What comes again takes the place of what was kept."""

    def careless(store: Store) -> None:
        def over(insert: Any) -> Any:
            async def inserted(collection: str, documents: Sequence[Document]) -> Any:
                taken = await insert(collection, documents)
                if taken and collection != DEAD_LETTERS.name:
                    stored = await store.load(collection, taken)
                    await store.save(collection, [_over(one, stored) for one in documents if one.id in taken])
                    taken = set()
                return taken

            return inserted

        in_place_of(store, "insert", over)

    _on_every_store(careless)


def _over(document: Document, stored: dict[str, Document]) -> Document:
    return replace(document, version=stored[document.id].version + 1 if document.id in stored else 1)


def _on_every_store(change: Callable[[Store], None]) -> None:
    def changing(open_store: Any) -> Any:
        def opened(*args: Any, **named: Any) -> Store:
            store: Store = open_store(*args, **named)
            change(store)
            return store

        return opened

    in_place_of(app, "open_store", changing)


SABOTAGES: dict[str, Callable[[], None]] = {
    found.__name__: found
    for found in (
        auto_commit, commit_first, no_outbox, no_compare_and_set, heard_off, replay_forgets, silence_for_no,
        archive_overwritten,
    )
}  # fmt: skip
