"""Which events a stream has heard: 16 bytes of id and 8 of digest each, oldest first, in one bytes value.

A repeat, however late, changes nothing and says nothing; the same id with other bytes is set aside for people.
Dropped by count, so deterministically.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from shared.envelope import KNOWN_AGAIN, Envelope

ENTRY = 24


def digest(envelope: Envelope) -> bytes:
    """8 bytes over type, time, subject, cause and body: what must be the same when an id comes again."""
    head = f"{envelope.type}\0{envelope.time}\0{envelope.subject}\0{envelope.causation}\0".encode()
    return hashlib.blake2b(head + envelope.body, digest_size=8).digest()


def find(heard: bytes, id: str) -> bytes | None:
    """The digest this id was heard with, or None."""
    if not heard:
        return None
    wanted = sixteen(id)
    at = heard.find(wanted)
    while at >= 0 and at % ENTRY:
        at = heard.find(wanted, at + 1)
    return None if at < 0 else heard[at + 16 : at + ENTRY]


def add(heard: bytes, id: str, digest: bytes, keep: int | None) -> bytes:
    """The heard ids with one more, the newest `keep` of them."""
    more = heard + sixteen(id) + digest
    return more if keep is None else more[-keep * ENTRY :]


@lru_cache(maxsize=KNOWN_AGAIN)
def sixteen(id: str) -> bytes:
    """The 16 bytes of a canonical UUID text."""
    return bytes.fromhex(id.replace("-", ""))
