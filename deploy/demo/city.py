"""An invented city of the real one's shape: its reference data and its secrets, written where the platform reads them.

The same seed gives the same institutions, terminals and sessions. Secrets are random, unless a test asks otherwise.
"""

from __future__ import annotations

import secrets as chance
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from deploy.demo.authority import AUTHORITY, write_authority, write_authority_secrets, write_secret
from deploy.demo.catalogue import (
    CHECKUP_ITEMS,
    DEPARTMENTS,
    EXAMINATIONS,
    MEDICINES,
    PACKAGES,
    REGISTRATION,
    TESTS,
    rows,
)
from deploy.demo.institutions import institutions
from deploy.demo.insurer import INSURER, write_insurer, write_insurer_secret
from deploy.demo.terminals import TERMINALS
from deploy.demo.wards import ITEMS, WARDS
from shared.reference import Institution, Terminal, save
from shared.reference.insurance import EVERYBODY, Settles
from shared.signature import terminal_key

INSURANCE = Path(__file__).parent / "insurance"
SINCE = date(2020, 1, 1)
SESSIONS = ("morning", "afternoon")
NUMBERS = {"hospital": 120, "centre": 80, "clinic": 60}
"""How many numbers a clinic session has; the emergency department has as many as come."""
LABORATORY, EMERGENCY, BOOKED_OUT = "30", "20", ("50", "afternoon")
"""The laboratory's queue is joined by checking in; the afternoons of traditional medicine are long booked out."""
SPANS = {"ask": 4.0, "done": 12.0, "lapse": 30.0, "critical": 6.0, "insurer": 12.0}
"""Seconds: short, so that a demo shows what happens when time is over."""

SECRETS = {
    "terminal-master.key": 32,
    "pseudonym.key": 32,
    "security.key": 16,
    "protection.key": 16,
    "blind.key": 32,
}
"""Secret files and their bytes: HMAC-SM3 keys of a whole digest, SM4 keys of one block."""


@dataclass(frozen=True)
class City:
    """Who is there. `terminals` by institution and kind; `departments` by institution."""

    institutions: tuple[Institution, ...]
    terminals: Mapping[str, Mapping[str, tuple[Terminal, ...]]]
    departments: Mapping[str, tuple[str, ...]]
    secrets: Mapping[str, bytes] = field(repr=False)

    def terminal_key(self, code: str) -> bytes:
        """The key one terminal signs with."""
        return terminal_key(self.secrets["terminal-master.key"], code)


def write_city(
    folder: Path,
    secrets: Path,
    *,
    spans: Mapping[str, float] | None = None,
    seed: int = 1,
    clinics: int = 600,
    draw_secret: Callable[[int], bytes] = chance.token_bytes,
    issued_only: bool = False,
    settles: Settles = "local",
) -> City:
    """Write the city into an empty reference folder and its secrets into another. FileExistsError when one is there.

    `issued_only`: a card that its own authority did not issue gets no visit. `settles`: by the local rules, or by
    asking the insurer's gateway.
    """
    if (folder / "institutions.csv").exists():
        raise FileExistsError(f"{folder.name} holds a city already")
    city = made_city(seed, clinics, write_secrets(secrets, draw_secret))
    write_authority(folder, SINCE, issued_only=issued_only)
    write_authority_secrets(secrets, city.terminal_key(AUTHORITY.code), draw_secret(16))
    _write_places(folder, city)
    _write_catalogue(folder, {**SPANS, **(spans or {})})
    write_insurer(folder, SINCE, settles=settles)
    write_insurer_secret(secrets, city.terminal_key(INSURER.code))
    return city


def made_city(seed: int, clinics: int, secrets: Mapping[str, bytes]) -> City:
    """The city, written nowhere."""
    found = tuple(institutions(clinics, Random(seed)))
    departments = {
        place.code: tuple(code for code, department in DEPARTMENTS.items() if size(place) in department.places)
        for place in found
    }
    return City(
        found, {place.code: _terminals(place, departments[place.code]) for place in found}, departments, secrets
    )


def size(institution: Institution) -> str:
    """`hospital`, `centre` or `clinic`."""
    return {"city": "hospital", "county": "hospital", "township": "centre", "village": "clinic"}[institution.level]


def _terminals(place: Institution, departments: tuple[str, ...]) -> dict[str, tuple[Terminal, ...]]:
    return {
        kind: tuple(
            Terminal(f"{place.code}-{kind}-{number}", place.code, kind)
            for number in range(1, 1 + (count or len(departments)))
        )
        for kind, count in TERMINALS[size(place)].items()
    }


def _write_places(folder: Path, city: City) -> None:
    every_day = "*"
    save(folder, "institutions", ((SINCE, *place) for place in city.institutions))
    save(
        folder, "terminals", ((SINCE, *one) for kinds in city.terminals.values() for of in kinds.values() for one in of)
    )
    save(
        folder,
        "sessions",
        (
            (SINCE, place, department, session, every_day, 1)
            for place, departments in city.departments.items()
            for department in departments
            for session in SESSIONS
        ),
    )
    save(folder, "queues", _queues(city))
    hospitals = (place for place in city.institutions if size(place) == "hospital")
    save(folder, "wards", ((SINCE, place.code, *ward) for place in hospitals for ward in WARDS))


def _queues(city: City) -> Iterator[tuple[object, ...]]:
    """How each queue is joined and how many numbers it has."""
    every_day = "*"
    for place in city.institutions:
        for session in SESSIONS:
            for department in city.departments[place.code]:
                numbers: int | str = NUMBERS[size(place)]
                if department == EMERGENCY or (department, session) == BOOKED_OUT:
                    numbers = "" if department == EMERGENCY else 0
                yield SINCE, place.code, department, session, every_day, 0, numbers
            yield SINCE, place.code, LABORATORY, session, every_day, 1, ""


def _write_catalogue(folder: Path, spans: Mapping[str, float]) -> None:
    save(folder, "prices", ((SINCE, item, fen) for item, fen in prices()))
    save(folder, "tests", ((SINCE, test.code, test.zh, test.en, test.specimen) for test in TESTS.values()))
    save(folder, "examinations", ((SINCE, one.code, one.zh, one.en, one.modality) for one in EXAMINATIONS.values()))
    save(folder, "medicines", ((SINCE, one.code, one.zh, one.en, one.unit) for one in MEDICINES.values()))
    save(folder, "checkup_items", ((SINCE, *one[:7]) for one in CHECKUP_ITEMS.values()))
    save(folder, "packages", ((SINCE, one.code, one.zh, one.en, " ".join(one.items)) for one in PACKAGES.values()))
    save(folder, "limits", ((SINCE, *limit.values()) for limit in rows("limits")))
    save(folder, "spans", ((SINCE, *span) for span in spans.items()))
    save(folder, "classes", ((SINCE, *row.values()) for row in rows("classes")))
    save(folder, "insured", [(SINCE, EVERYBODY, "resident")])
    shutil.copytree(INSURANCE, folder / INSURANCE.name)


def prices() -> Iterator[tuple[str, int]]:
    """Every item that may be charged, in fen."""
    yield from ((f"reg:{kind}", fen) for kind, fen in REGISTRATION.items())
    yield from ((test.code, test.fen) for test in TESTS.values())
    yield from ((one.code, one.fen) for one in EXAMINATIONS.values())
    yield from ((medicine.code, medicine.fen) for medicine in MEDICINES.values())
    yield from ((package.code, package.fen) for package in PACKAGES.values())
    yield from ((given.item, given.fen) for given in ITEMS.values())


def write_secrets(folder: Path, draw_secret: Callable[[int], bytes] = chance.token_bytes) -> dict[str, bytes]:
    """Draw a city's secrets into a folder that has none of them. FileExistsError when one is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = {}
    for name, length in SECRETS.items():
        # Readers of a secret file drop its last line break, so a secret may not end in one.
        found[name] = draw_secret(length)
        while found[name].endswith(b"\n"):
            found[name] = draw_secret(length)
        write_secret(folder / name, found[name])
    return found
