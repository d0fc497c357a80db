"""A person as the vault knows them, and the card that follows from their document."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import field
from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from services.cards.sealed import Keyring
from shared.health_card import CardKey, CardNumber, card_key, card_number, hmac_sm3, main_index
from shared.settings import Settings
from shared.unchanging import unchanging

SHORTEST: Final = 16
"""Bytes of an SM4 key, and the fewest of any other."""
CIPHERS: Final = frozenset({"security", "protection"})


def _printable(text: str) -> str:
    """One spelling: NFKC without outer blanks. ValueError for what is no name, and no value in it."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if not text or not text.isprintable():
        raise ValueError("a name is 1 to 100 printable characters")
    return text


def _day(value: object) -> object:
    """Left to itself, a number would be a day as well: so many seconds after 1970."""
    if not (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
        raise ValueError("a day is written as 2026-11-24")
    return value


def _folded(text: str) -> str:
    return text.upper()


Day = Annotated[date, BeforeValidator(_day)]
IdType = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
IdNumber = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,30}$"), AfterValidator(_folded)]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_printable)]
Phone = Annotated[str, StringConstraints(pattern=r"^(\+?[0-9][0-9 -]{3,18}[0-9])?$")]


class Document(BaseModel):
    """An identity document: its type (`01` is the resident identity card) and its number."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="forbid", strict=True)
    id_type: IdType
    id_number: IdNumber

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…hidden)"

    __str__ = __repr__


class Person(Document):
    """Who applies for a card. Nothing that prints or logs it shows a value."""

    name: PersonName
    phone: Phone = ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…hidden)"

    __str__ = __repr__


@unchanging
class Secrets:
    """The authority's keys: the card's own three, the blind index's, and those of the vault's fields."""

    security: bytes = field(repr=False)
    pseudonym: bytes = field(repr=False)
    protection: bytes = field(repr=False)
    blind: bytes = field(repr=False)
    vault: Keyring = field(repr=False)

    @classmethod
    def read(cls, settings: Settings) -> Secrets:
        """From the settings' secret files. ValueError names the file that is missing or wrong."""
        found = {name: settings.secret(f"{name}.key") for name in ("security", "pseudonym", "protection", "blind")}
        for name, secret in found.items():
            if len(secret) < SHORTEST or (name in CIPHERS and len(secret) != SHORTEST):
                raise ValueError(f"the secret {name}.key is missing, or has not as many bytes as it should")
        return cls(**found, vault=Keyring.read(settings.secret("vault.keys")))


@unchanging
class Derived:
    """What follows from a person: the main index, the card's number and the card key."""

    index: str = field(repr=False)
    number: CardNumber = field(repr=False)
    card: CardKey


def derived(person: Person, secrets: Secrets) -> Derived:
    """The card of a person; the same at any desk."""
    index = main_index(id_type=person.id_type, id_number=person.id_number, name=person.name)
    number = card_number(index, secrets.security, person.id_type, person.id_number)
    return Derived(index, number, card_key(number, secrets.pseudonym))


def blind(document: Document, secrets: Secrets) -> str:
    """64 lower-case hex: HMAC-SM3 of the document under the blind index's key; tells nothing without it."""
    return hmac_sm3(secrets.blind, f"{document.id_type}\n{document.id_number}".encode()).hex()
