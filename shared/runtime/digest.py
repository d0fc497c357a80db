"""One digest of everything a service's streams remember: the same for the same log, however it was cut into batches.

What is on its way (outbox, parked pointers) and how often a document was saved are left out: they tell of crashes and
batches, not of what happened. So is a stream that heard nothing: all that came for it waits, or was set aside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pydantic_core import from_json, to_json

from shared.runtime.documents import STREAMS
from shared.runtime.store import Document, Store

PAGE = 500
REMEMBERED = ("state", "heard", "held", "timers", "irregular")


async def digest(store: Store, partitions: Iterable[int]) -> tuple[str, int]:
    """SHA-256 in hex over every stream of these partitions, and how many there are. Bounded memory."""
    whole, count = hashlib.sha256(), 0
    for partition in sorted(partitions):
        after: tuple[int, str] | None = None
        while page := await store.find(STREAMS, "due", (partition,), after=after, limit=PAGE):
            for remembered in filter(None, map(_remembered, page)):
                whole.update(remembered)
                count += 1
            after = int(page[-1].index["due"] or 0), page[-1].id
    return whole.hexdigest(), count


def _remembered(document: Document) -> bytes:
    body = from_json(document.body)
    if not body["heard"]:
        return b""
    return to_json([document.id, *(body[name] for name in REMEMBERED)])
