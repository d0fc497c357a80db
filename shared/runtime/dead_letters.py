"""Records set aside for people: a pointer, a cause, and no bytes or values. The log keeps the original."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace

from pydantic_core import from_json, to_json

from shared.envelope import Record
from shared.runtime.store import Collection, Document, Index, Store

DEAD_LETTERS = Collection(
    "dead_letters",
    (Index("standing", ("standing", "since")), Index("replay", ("replay", "since")), Index("asked", ("replay",))),
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record set aside. `standing`: open, home once a replay could take it, or given_up, for a reason and by whom.
    What could not be proven or read is nobody's event: giving it up says nothing on the log."""

    topic: str
    partition: int
    offset: int
    cause: str
    since: int
    digest: str
    standing: str = "open"
    replay: bool = False
    version: int = 0
    reason: str = ""
    operator: str = ""

    @property
    def id(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


def of(record: Record, cause: str) -> DeadLetter:
    """The dead letter of a record."""
    digest = hashlib.blake2b((record.key or b"") + b"\0" + (record.value or b""), digest_size=8).hexdigest()
    return DeadLetter(record.topic, record.partition, record.offset, cause, record.time_ms, digest)


async def keep(store: Store, letters: list[DeadLetter]) -> None:
    """Keep them durably. One that is kept already stays as it is; one that had come home is open again."""
    unique = {letter.id: letter for letter in letters}
    if not unique:
        return
    taken = await store.insert(DEAD_LETTERS.name, [_out(letter) for letter in unique.values()])
    known = (await store.load(DEAD_LETTERS.name, taken)).values() if taken else ()
    for kept in map(_in, known):
        if kept.standing == "home":
            await save(store, replace(kept, cause=unique[kept.id].cause, standing="open"), uuid.uuid4().hex)


async def standing(store: Store, which: str, limit: int, after: tuple[int, str] | None = None) -> list[DeadLetter]:
    """Dead letters, oldest first, a page at a time."""
    found = await store.find(DEAD_LETTERS.name, "standing", (which,), after=after, limit=limit)
    return [_in(document) for document in found]


async def asked_back(store: Store, topic: str, partition: int, limit: int) -> list[DeadLetter]:
    """Those of one partition that an operator wants replayed. Others of its number, of another topic, are passed by."""
    letters: list[DeadLetter] = []
    after: tuple[int, str] | None = None
    while page := await store.find(DEAD_LETTERS.name, "replay", (partition,), after=after, limit=limit):
        letters += [letter for letter in map(_in, page) if letter.topic == topic]
        if len(letters) >= limit or len(page) < limit:
            break
        after = int(page[-1].index["since"] or 0), page[-1].id
    return letters[:limit]


async def any_asked_back(store: Store) -> bool:
    """Whether an operator wants any replayed, of whatever topic and partition."""
    return await store.count(DEAD_LETTERS.name, "asked", limit=1) > 0


async def load(store: Store, id: str) -> DeadLetter | None:
    """One dead letter."""
    found = await store.load(DEAD_LETTERS.name, [id])
    return _in(found[id]) if id in found else None


async def save(store: Store, letter: DeadLetter, token: str) -> bool:
    """Save a changed dead letter; False when somebody else changed it meanwhile."""
    return not await store.save(DEAD_LETTERS.name, [_out(letter, token)])


def _out(letter: DeadLetter, token: str = "") -> Document:
    given_up = (letter.reason, letter.operator) if letter.reason else ()
    body = to_json((letter.cause, letter.digest, letter.topic, letter.partition, letter.offset, *given_up))
    index: dict[str, str | int | None] = {"standing": letter.standing, "since": letter.since}
    if letter.replay:
        index["replay"] = letter.partition
    return Document(letter.id, letter.version + 1, body, index, token)


def _in(document: Document) -> DeadLetter:
    cause, digest, topic, partition, offset, *given_up = from_json(document.body)
    index = document.index
    return DeadLetter(
        topic, partition, offset, cause, int(index["since"] or 0), digest, str(index["standing"]),
        index.get("replay") is not None, document.version, *given_up,
    )  # fmt: skip
