"""A card's number, which is a secret, and the card key, the only name a card has outside the card service."""

import re
from typing import Final, NewType, NoReturn, Self, final

from shared.health_card.ciphers import hmac_sm3

CardKey = NewType("CardKey", str)

# One or two SM4 blocks: with a third, the dynamic code would pass the 130 characters a reader takes.
NUMBER_PATTERN: Final = r"(?:[0-9A-F]{32}){1,2}"
_NUMBER: Final = re.compile(NUMBER_PATTERN)


def card_key(number: "CardNumber", pseudonym_key: bytes) -> CardKey:
    """HMAC-SM3 of the number's text, 64 lower-case hex. ValueError when the key is under 16 bytes."""
    return CardKey(hmac_sm3(pseudonym_key, number.reveal().encode("ascii")).hex())


@final
class CardNumber:
    """Upper-case hex in whole blocks of 32; anything else raises ValueError.

    The bare number is a working static code, so nothing that prints, logs, copies or serialises values shows it.
    It is no dataclass because `asdict` would open it; only `reveal` does.
    """

    __slots__ = ("__text",)
    __text: str

    def __init__(self, text: str) -> None:
        if not _NUMBER.fullmatch(text):
            raise ValueError("a card number is 32 or 64 upper-case hexadecimal digits")
        object.__setattr__(self, "_CardNumber__text", text)

    def reveal(self) -> str:
        return self.__text

    def __repr__(self) -> str:
        return "CardNumber(…hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CardNumber) and self.__text == other.__text

    def __hash__(self) -> int:
        return hash(self.__text)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a card number does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a card number does not change")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a card number is not serialised; reveal it where it must be kept")
