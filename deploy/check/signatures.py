"""Admitted requests bear their terminal's signature: what proves intake's admissions without running intake again."""

from __future__ import annotations

from functools import lru_cache

from deploy.check.told import Signed, Told
from shared.signature import terminal_key, verify_request


def signatures(secret: bytes) -> Signed:
    """A judge of signatures under the terminals' master secret (16 bytes or more; ValueError otherwise)."""

    @lru_cache(maxsize=16384)
    def key(terminal: str) -> bytes:
        return terminal_key(secret, terminal)

    key("")  # A secret that is too short is told now.

    def signed(one: Told) -> bool:
        said = one.envelope
        return verify_request(
            key(one.event.where.terminal),
            said.signature,
            id=said.id,
            type=said.type,
            time=said.time,
            key_=said.key,
            body=said.body,
        )

    return signed
