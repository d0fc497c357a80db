"""From a person's identity to the card number, as in the electronic health card specification's test values."""

import re
import unicodedata
from typing import Final

from shared.health_card.ciphers import sm3, sm4_encrypt, zero_padded
from shared.health_card.number import CardNumber

_MAIN_INDEX: Final = re.compile(r"[0-9A-F]{64}")
_ID_TYPE: Final = re.compile(r"[0-9]{2}")
# Visible ASCII, so that the zero padding is never part of a number; with the type it fills at most two blocks.
_ID_NUMBER: Final = re.compile(r"[!-~]{1,30}")
# Names of several peoples carry a dot between their parts, and every keyboard has another one for it.
_DOTS: Final = str.maketrans(dict.fromkeys("•‧∙⋅・.", "·"))


def card_number(main_index: str, security_key: bytes, id_type: str, id_number: str) -> CardNumber:
    """SM4-ECB under the user key of ascii(id_type ‖ id_number), zero-padded to whole blocks.

    id_type: two digits. id_number: 1 to 30 visible ASCII characters; letters count as upper case.
    Errors: ValueError, without the value.
    """
    if not _ID_TYPE.fullmatch(id_type):
        raise ValueError("an id type is two digits")
    if not _ID_NUMBER.fullmatch(id_number):
        raise ValueError("an id number is 1 to 30 visible ASCII characters")
    document = zero_padded((id_type + id_number.upper()).encode("ascii"))
    return CardNumber(sm4_encrypt(user_key(main_index, security_key), document).hex().upper())


def user_key(main_index: str, security_key: bytes) -> bytes:
    """16 bytes: SM4-ECB, under the 16-byte security key, of the factor and its complement. Errors: ValueError."""
    folded = factor(main_index)
    return sm4_encrypt(security_key, folded + bytes(byte ^ 0xFF for byte in folded))


def factor(main_index: str) -> bytes:
    """8 bytes: the main index's four groups of 8 bytes, XORed. Takes 64 upper-case hex, else ValueError."""
    if not _MAIN_INDEX.fullmatch(main_index):
        raise ValueError("a main index is 64 upper-case hexadecimal digits")
    whole = int(main_index, 16)
    group = (1 << 64) - 1
    return (whole >> 192 ^ whole >> 128 & group ^ whole >> 64 & group ^ whole & group).to_bytes(8)


def main_index(*, id_type: str, id_number: str, name: str) -> str:
    """64 upper-case hex: SM3 of `id_type LF id_number LF name` in UTF-8.

    Inferred: the index's size and name say SM3 of the identity fields; which fields, in which order, is not published.
    A deployment that knows the rule replaces this one function. Each field is first brought to one spelling (NFKC, no
    white space, upper case, one middle dot), so that two desks typing the same person get the same card, and LF only
    ever parts fields.
    """
    return sm3("\n".join(map(_one_spelling, (id_type, id_number, name))).encode("utf-8", "surrogatepass")).hex().upper()


def _one_spelling(field: str) -> str:
    return "".join(unicodedata.normalize("NFKC", field).upper().split()).translate(_DOTS)
