"""UUIDv7 (RFC 9562): the id of a request, made when the request is made, so its time can be read from it."""

from __future__ import annotations

import secrets
import time
import uuid


def uuid7(at_ms: int | None = None) -> str:
    """A new id, of now or of a given moment in milliseconds since the epoch, as canonical lower-case text."""
    ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    bits = (ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=bits))
