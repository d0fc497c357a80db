"""Requests signed by their terminal: HMAC-SM3 under a key that follows from one master secret and the terminal's code.

Consumers of a topic can't see who produced a record. With diversified keys the verifier holds one secret, and a stolen
terminal gives away its own key only.
"""

from hmac import compare_digest
from struct import Struct
from typing import Final

from shared.health_card.ciphers import hmac_sm3

__all__ = ["sign_request", "terminal_key", "verify_request"]

_LENGTH: Final = Struct(">I")


def terminal_key(master: bytes, terminal: str) -> bytes:
    """32 bytes: HMAC-SM3(master, terminal code). ValueError when the master secret is under 16 bytes."""
    return hmac_sm3(master, _encoded(terminal))


def sign_request(key: bytes, *, id: str, type: str, time: str, key_: str, body: bytes) -> str:
    """64 lower-case hex over id, type, time, record key (`key_`) and body. ValueError when `key` is under 16 bytes."""
    return hmac_sm3(key, _signed_text(*map(_encoded, (id, type, time, key_)), body)).hex()


def verify_request(key: bytes, signature: str, *, id: str, type: str, time: str, key_: str, body: bytes) -> bool:
    """Whether `sign_request` gave this signature. Constant time; total over any text in place of a signature."""
    expected = sign_request(key, id=id, type=type, time=time, key_=key_, body=body)
    return compare_digest(expected.encode("ascii"), _encoded(signature))


def _signed_text(*parts: bytes) -> bytes:
    """Each part after its length in four bytes, big endian, so that no two requests share a signed text."""
    return b"".join([_LENGTH.pack(len(part)) + part for part in parts])


def _encoded(text: str) -> bytes:
    """UTF-8. Lone surrogates pass: they must neither raise here nor become equal to another text."""
    return text.encode("utf-8", "surrogatepass")
