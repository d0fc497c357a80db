"""What a fold says: kept to be met on the log, and going nowhere. Nobody watches it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from shared.envelope import Envelope, Record
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.elsewhere import Elsewhere
from shared.runtime.log import Log, Place, Standing
from shared.runtime.reading import Item
from shared.runtime.telemetry import Telemetry

MOST_KEPT = 1_000
"""So many differences of a service and partition are kept whole; the rest is counted."""


class Difference(NamedTuple):
    """A fact where recomputing and the log do not agree. lacking: not on the log; foreign: only on the log; other: on
    both, with other bytes. `partition` is -1 where it has no one place."""

    what: Literal["lacking", "foreign", "other"]
    service: str
    topic: str
    partition: int
    offset: int
    id: str
    type: str


class Said(NamedTuple):
    """A fact that the fold has said and not met on the log yet."""

    digest: bytes
    envelope: Envelope


@dataclass
class Folded:
    """What a fold of one service came to. `lacking` holds the facts that the log lacks, in the order they are said."""

    service: str
    records: int = 0
    facts: int = 0
    parked: int = 0
    different: int = 0
    differences: list[Difference] = field(default_factory=list)
    lacking: list[Envelope] = field(default_factory=list)

    def differ(self, *differences: Difference) -> None:
        self.different += len(differences)
        self.differences += differences[: MOST_KEPT - len(self.differences)]


def fingerprint(envelope: Envelope) -> bytes:
    """16 bytes over all that every replay must say alike."""
    parts = (
        envelope.id, envelope.type, envelope.time, envelope.key, envelope.source, envelope.subject, envelope.causation,
        envelope.key_id, envelope.signature,
    )  # fmt: skip
    return hashlib.blake2b("\0".join(parts).encode() + b"\0" + envelope.body, digest_size=16).digest()


class Unsent(Log):
    """The log an engine folds to: what it says is kept to be met, and goes nowhere. Nobody owns anything."""

    def __init__(self, result: Folded, elsewhere: Elsewhere, *, keep: bool) -> None:
        self.result, self.elsewhere, self.keep = result, elsewhere, keep
        self.awaited: dict[str, Said] = {}
        self.here: tuple[str, set[bytes | None]] = "", set()
        """The topic and the keys of the batch in hand: what is said for them is met further on in this partition."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        self.result.facts += len(envelopes)
        if not self.keep:
            return
        topic, keys = self.here
        for envelope in envelopes:
            if envelope.topic == topic and envelope.key.encode() in keys:
                self.awaited[envelope.id] = Said(fingerprint(envelope), envelope)
            else:
                self.elsewhere.say(self.result.service, envelope, fingerprint(envelope))

    async def commit(self, positions: Mapping[Place, int]) -> None:
        raise NotImplementedError

    async def rewind(self, positions: Mapping[Place, int]) -> None:
        raise NotImplementedError

    async def read(self, place: Place, offset: int) -> Record | None:
        raise NotImplementedError

    def owned(self) -> set[Place]:
        return set()

    async def ends(self, topic: str) -> dict[int, int]:
        raise NotImplementedError

    async def committed(self, topic: str) -> dict[int, int]:
        raise NotImplementedError

    async def look(self, topic: str, at: Mapping[int, int]) -> dict[int, Standing]:
        raise NotImplementedError

    def scan(self, place: Place, start: int, end: int) -> AsyncIterator[list[Record]]:
        raise NotImplementedError


class Silent(Telemetry):
    """Nobody watches a fold: no spans, no counters, no lines; a decider that breaks is counted by whoever folds."""

    def __init__(self, result: Folded) -> None:
        super().__init__(result.service)
        self.result = result

    def step(self, name: str, begun: float) -> None:
        """Not timed."""

    def said(self, envelopes: Iterable[Envelope]) -> None:
        """Not counted."""

    def parked(self, item: Item, bug: Exception | str) -> None:
        self.result.parked += isinstance(bug, Exception)

    def replay_failed(self, item: Item, bug: Exception | str) -> None:
        """Nothing is replayed in a fold."""

    def traced(self, service: str, envelope: Envelope) -> Envelope:
        return envelope

    def followed(self, fact: Envelope, cause: Envelope) -> Envelope:
        return fact

    def handled(
        self, items: Sequence[Item], letters: Sequence[DeadLetter], records: Sequence[Record], begun: float
    ) -> None:
        """Not counted."""
