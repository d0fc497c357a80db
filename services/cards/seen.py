"""The dynamic codes that were taken in the last minute, by every process of the authority together.

256 documents, each of what its share of codes (by the first byte of their digest) is still good: bounded, and changed
by compare-and-set, so of two terminals that show one code at once one is first.
"""

from __future__ import annotations

from datetime import datetime

from pydantic_core import from_json, to_json

from shared.health_card import RefusalCode
from shared.runtime.store import Collection, Document, Store

SEEN = Collection("seen")
MOST = 20_000
"""Codes of one share that may be good at once; beyond that a reader is told to come again."""


async def admit(store: Store, digest: bytes, *, terminal: str, now: datetime, until: datetime) -> RefusalCode | None:
    """None the first time a code is shown, then why not; durable before it is answered."""
    id, code = f"{digest[0]:02x}", digest.hex()
    while True:
        stored = (await store.load(SEEN.name, [id])).get(id)
        known = from_json(stored.body) if stored else {}
        good = {key: taken for key, taken in known.items() if taken[0] > now.timestamp()}
        if code in good:
            return "qr_replayed" if good[code][1] == terminal else "qr_used_elsewhere"
        if len(good) >= MOST:
            return "qr_reader_busy"
        good[code] = (until.timestamp(), terminal)
        document = Document(id, (stored.version if stored else 0) + 1, to_json(good))
        if not await store.save(SEEN.name, [document]):
            return None
