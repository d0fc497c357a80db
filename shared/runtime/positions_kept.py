"""Positions as a store keeps them, and stores that no process is using: filled anew, or to be compared with a log."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from pydantic_core import from_json, to_json

from shared.runtime.identity import Position, begins, position_of
from shared.runtime.log import Log, Place
from shared.runtime.store import Collection as Declared
from shared.runtime.store import Document, Index, Store

POSITIONS = Declared("positions", (Index("topic", ("topic", "partition")),))
MOST = 10_000
"""More partitions than any topic has."""


async def load(store: Store, *topics: str) -> dict[Place, Position]:
    """Every position a store keeps of some topics."""
    found = [(topic, await store.find(POSITIONS.name, "topic", (topic,), limit=MOST)) for topic in topics]
    return {Place(topic, one.partition): one for topic, documents in found for one in map(_in, documents)}


async def write(store: Store, positions: Mapping[Place, Position]) -> set[Place]:
    """Save them in one call; the places whose position somebody else wrote meanwhile."""
    token = uuid.uuid4().hex
    lost = await store.save(POSITIONS.name, [out(at.topic, one, token) for at, one in positions.items()])
    return {at for at in positions if f"{at.topic}/{at.partition}" in lost}


async def known(store: Store, log: Log, reach: Mapping[Place, int]) -> None:
    """A store that was filled up to these offsets says so, and from which log."""
    made: dict[Place, Position] = {}
    for topic in {place.topic for place in reach}:
        there = {place: offset for place, offset in reach.items() if place.topic == topic}
        standing = await log.look(topic, {place.partition: offset - 1 for place, offset in there.items()})
        for place, offset in there.items():
            record = standing[place.partition].record
            made[place] = position_of(record, 1) if record else Position(place.partition, offset - 1, version=1)
    await write(store, made)


async def compared(name: str, store: Store, log: Log, topic: str) -> None:
    """AnotherLog when an open store that no service uses was not filled from this log."""
    kept = await load(store, topic)
    standing = await log.look(topic, {place.partition: one.offset for place, one in kept.items() if one.digest})
    for place, one in kept.items():
        begins(name, place, one, standing[place.partition], None)


def out(topic: str, one: Position, token: str) -> Document:
    """The document of a position."""
    body = to_json((one.id, one.digest, one.offset))
    index: dict[str, str | int | None] = {"topic": topic, "partition": one.partition}
    return Document(f"{topic}/{one.partition}", one.version, body, index, token)


def _in(document: Document) -> Position:
    id, digest, offset = from_json(document.body)
    return Position(int(document.index["partition"] or 0), offset, id, digest, document.version)
