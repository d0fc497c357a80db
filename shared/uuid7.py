"""UUIDv7 (RFC 9562): the id of a request, made when the request is made, so its time can be read from it."""

from __future__ import annotations

import secrets
import time
import uuid


def uuid7(at_ms: int | None = None, chance: int | None = None) -> str:
    """A new id, of now or of a given moment in milliseconds since the epoch, as canonical lower-case text. Given its
    `chance`, a number of at least 80 bits, it is the same id every time."""
    drawn = secrets.randbits(80) if chance is None else chance
    ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    high, low = drawn >> 64 & 0xFFF, drawn & 0x3FFF_FFFF_FFFF_FFFF
    bits = (ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
    return str(uuid.UUID(int=bits))
