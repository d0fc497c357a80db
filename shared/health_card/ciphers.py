"""SM3, HMAC-SM3 and SM4 as the card uses them. The arithmetic is OpenSSL's; nothing here claims a certified module."""

from functools import lru_cache

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SHORTEST_SECRET = 16


def sm3(text: bytes) -> bytes:
    """32 bytes, GB/T 32905."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(text)
    return digest.finalize()


def hmac_sm3(key: bytes, text: bytes) -> bytes:
    """32 bytes. A key under 16 bytes raises ValueError: an empty setting must not pass for a secret."""
    keyed = _keyed(key).copy()
    keyed.update(text)
    return keyed.finalize()


def sm4_encrypt(key: bytes, blocks: bytes) -> bytes:
    """SM4-ECB without padding, GB/T 32907; the card's specification asks for ECB.

    Errors: ValueError unless the key has 16 bytes and the text whole blocks of 16.
    """
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(blocks) + encryptor.finalize()


def sm4_decrypt(key: bytes, blocks: bytes) -> bytes:
    """The inverse of `sm4_encrypt`, with the same errors."""
    decryptor = Cipher(algorithms.SM4(key), modes.ECB()).decryptor()  # noqa: S305
    return decryptor.update(blocks) + decryptor.finalize()


def zero_padded(text: bytes) -> bytes:
    """The text, filled with zero bytes to a whole number of 16-byte blocks."""
    return text + bytes(-len(text) % 16)


# Preparing a key hashes two blocks; every request needs the same few keys, so the prepared state is kept and copied.
@lru_cache(maxsize=4096)
def _keyed(key: bytes) -> hmac.HMAC:
    if len(key) < SHORTEST_SECRET:
        raise ValueError("an HMAC key has at least 16 bytes")
    return hmac.HMAC(key, hashes.SM3())
