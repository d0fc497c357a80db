"""Reading visits back: one by its id, or those a desk of an institution has something to do in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from services.guide.desks import Desk
from services.guide.lines import live
from services.guide.numbers import Board
from services.guide.shapes import State
from services.guide.state import INITIAL
from shared.runtime.store import Document, Store

CARD, QUEUE = "card", "queue"
COLLECTION = "streams"
DECODED = 1024

After = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit as it was read. Version 0 is a visit nothing is known of yet."""

    id: str
    version: int
    state: State

    @property
    def card(self) -> str:
        return about(self.id)[0]

    @property
    def visit(self) -> str:
        """Empty for what is about the card within no visit."""
        return about(self.id)[1]


def about(id: str) -> tuple[str, str]:
    """The card and the visit of a document."""
    card, _, name = id.partition("/")
    return card, "" if name == CARD else name


def queue_id(key: str) -> str:
    """The id of a queue's document."""
    return f"{key}/{QUEUE}"


class Queries:
    """Every method raises StoreUnavailable when the store can't be reached."""

    def __init__(self, store: Store, decode: Callable[[Document], State]) -> None:
        self._store, self._decode = store, decode
        self._decoded: dict[tuple[str, int, str], Seen] = {}

    async def visit(self, card: str, visit: str) -> Seen:
        """A visit; version 0 when nothing is known of it."""
        id = f"{card}/{visit}"
        document = (await self._store.load(COLLECTION, [id])).get(id)
        return self._seen(document) if document else Seen(id, 0, INITIAL)

    async def queue(self, key: str) -> Seen:
        """A queue, by its key; version 0 when nothing is known of it."""
        id = queue_id(key)
        document = (await self._store.load(COLLECTION, [id])).get(id)
        return self._seen(document) if document else Seen(id, 0, INITIAL)

    async def boards(self, state: State) -> dict[str, Board]:
        """The boards of the queues in which a visit has a number it still waits with."""
        keys = list(live(state))
        found = await self._store.load(COLLECTION, [queue_id(key) for key in keys]) if keys else {}
        seen = {key: self._seen(found[queue_id(key)]) for key in keys if queue_id(key) in found}
        return {key: one.state.board for key, one in seen.items() if one.state.board}

    async def named(self, visit: str, limit: int) -> list[Seen]:
        """The visits of that id, the one heard of first at the top: one, unless a card named another card's visit."""
        return [self._seen(found) for found in await self._store.find(COLLECTION, "visit", (visit,), limit=limit)]

    async def work(self, desk: Desk, institution: str, limit: int, after: After | None = None) -> list[Seen]:
        """The visits a desk has something to do in, the one heard of first at the top, at most `limit`."""
        found = await self._store.find(COLLECTION, desk, (institution,), after=after, limit=limit)
        return [self._seen(document) for document in found]

    async def still_there(self, desk: Desk, institution: str, ids: list[str]) -> set[str]:
        """Those of the visits which the desk still has something to do in."""
        found = await self._store.load(COLLECTION, ids)
        return {id for id, document in found.items() if document.index.get(desk) == institution}

    def _seen(self, document: Document) -> Seen:
        """Many listeners read the same document after one change: it is decoded for the first of them."""
        key = (document.id, document.version, document.token)
        seen = self._decoded.get(key)
        if seen is None:
            seen = self._decoded[key] = Seen(document.id, document.version, self._decode(document))
            if len(self._decoded) > DECODED:
                del self._decoded[next(iter(self._decoded))]
        return seen


def cursor_of(seen: Seen) -> str:
    """The place after a visit in a work list, as opaque text."""
    return base64.urlsafe_b64encode(f"{seen.state.since}|{seen.id}".encode()).decode()


def place_of(cursor: str) -> After:
    """The place a cursor names; ValueError when it is none of ours."""
    try:
        since, _, id = base64.b64decode(cursor, altchars=b"-_", validate=True).decode().partition("|")
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("not a cursor") from None
    if not since or not id:
        raise ValueError("not a cursor")
    return since, id
