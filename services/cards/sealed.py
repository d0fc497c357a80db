"""Fields of the vault under SM4-GCM: each under a nonce of its own, bound to its row and its name.

`<key id>:<base64 of nonce, text and tag>`. The newest key seals; every key that is kept opens what it sealed. OpenSSL's
SM4, through `cryptography`; nothing here claims a certified module.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

NONCE: Final = 12
TAG: Final = 16
_LINE: Final = re.compile(rb"([a-z0-9-]{1,16}) ([0-9a-f]{32})")


class SealBrokenError(ValueError):
    """A field that no key opens: altered, moved to another row, or sealed under a key that is gone. Shows no value."""


class Keyring:
    """The vault's keys by their ids, the newest last."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError("the vault needs a key: a line `<id> <32 hex>` in vault.keys")
        self._algorithms = {id: algorithms.SM4(key) for id, key in keys.items()}
        self.newest = list(keys)[-1]

    @classmethod
    def read(cls, text: bytes) -> Keyring:
        """Of a key file: a line `<id> <32 hex>` per key, the newest last. ValueError without the value."""
        keys: dict[str, bytes] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            found = _LINE.fullmatch(line)
            if found is None or found[1].decode() in keys:
                raise ValueError(f"line {number} of vault.keys is no new `<id> <32 hex>`")
            keys[found[1].decode()] = bytes.fromhex(found[2].decode())
        return cls(keys)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._algorithms)

    def seal(self, row: str, field: str, text: str) -> str:
        """The field, sealed under the newest key."""
        nonce = os.urandom(NONCE)
        encryptor = Cipher(self._algorithms[self.newest], modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(f"{row}/{field}".encode())
        sealed = nonce + encryptor.update(text.encode()) + encryptor.finalize() + encryptor.tag
        return f"{self.newest}:{binascii.b2a_base64(sealed, newline=False).decode()}"

    def open(self, row: str, field: str, sealed: str) -> str:
        """What was sealed in that field of that row. SealBrokenError otherwise."""
        id, _, text = sealed.partition(":")
        if id not in self._algorithms:
            raise SealBrokenError("sealed under a key that is not in vault.keys")
        try:
            raw = base64.b64decode(text, validate=True)
            nonce, tag = raw[:NONCE], raw[-TAG:]
            decryptor = Cipher(self._algorithms[id], modes.GCM(nonce, tag)).decryptor()
            decryptor.authenticate_additional_data(f"{row}/{field}".encode())
            return (decryptor.update(raw[NONCE:-TAG]) + decryptor.finalize()).decode()
        except (InvalidTag, ValueError):
            raise SealBrokenError("the seal is broken") from None
