"""The real-name check: does the population register know this person under this name?

The port for a real one (the public security bureau's verification service): give `check` a client that asks it in
batches, keeps no answer, and raises RegistryUnavailableError when it is not told within its own time. It returns one
verdict a person, in their order: `match`; `mismatch`, the document is another name's; `unknown`, no such document.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from pydantic import ValidationError

from services.cards.person import Person

Verdict = Literal["match", "mismatch", "unknown"]
COLUMNS = ["id_type", "id_number", "name"]
POPULATION = "population.csv"
"""Its name among the card authority's secrets. An empty one tells nothing: whoever asks is told to ask again."""


class RegistryUnavailableError(Exception):
    """The register did not answer. Nobody is refused for that, and nobody issued a card: ask again."""


class Registry(Protocol):
    """The port."""

    async def check(self, people: Sequence[Person]) -> list[Verdict]:
        """One verdict a person, in their order. RegistryUnavailableError when there is none."""
        ...


class LocalRegistry:
    """A file of residents (CSV: id_type, id_number, name), for a laptop and for tests. It keeps digests alone."""

    def __init__(self, file: Path) -> None:
        self._names: dict[bytes, bytes] = {}
        self._read = (0, 0)
        self._file = file

    async def check(self, people: Sequence[Person]) -> list[Verdict]:
        try:
            stat = self._file.stat()
        except OSError as error:
            raise RegistryUnavailableError(f"{self._file.name} can't be read ({type(error).__name__})") from None
        now = (stat.st_mtime_ns, stat.st_size)
        if now != self._read:
            # Somebody was born, or moved in.
            self._names, self._read = _read(self._file), now
        return [_verdict(self._names, person) for person in people]


def _verdict(names: dict[bytes, bytes], person: Person) -> Verdict:
    known = names.get(_document(person))
    if known is None:
        return "unknown"
    return "match" if known == _name(person) else "mismatch"


def _read(file: Path) -> dict[bytes, bytes]:
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            rows = csv.reader(lines)
            if next(rows, None) != COLUMNS:
                raise RegistryUnavailableError(f"{file.name} has not the columns {', '.join(COLUMNS)}")
            found = {}
            for id_type, id_number, name in rows:
                person = Person(id_type=id_type, id_number=id_number, name=name)
                found[_document(person)] = _name(person)
            return found
    except ValidationError:
        raise RegistryUnavailableError(f"{file.name} has a line that names nobody") from None
    except (OSError, ValueError) as error:
        raise RegistryUnavailableError(f"{file.name} can't be read ({type(error).__name__})") from None


def _document(person: Person) -> bytes:
    return hashlib.sha256(f"{person.id_type}\n{person.id_number}".encode()).digest()[:16]


def _name(person: Person) -> bytes:
    return hashlib.sha256(person.name.encode()).digest()[:8]
