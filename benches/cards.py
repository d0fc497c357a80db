"""What a card costs: its issuing, against the bare SM4, SM3 and insert work of it; and looking it up among a million.

Ours is the whole way of a page at the authority: the register asked, everything derived and sealed, the vault's rows
entered, requests made and signed; the broker is left out, as nothing of it is in the bare work. Bare is the arithmetic
alone, through OpenSSL, and rows of the same bytes through the bare sqlite3 module.
"""

from __future__ import annotations

import csv
import os
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from benches.measure import Figure, Measured, Ratio, interleaved, own_folder
from services.cards.courier import Courier, Standings
from services.cards.edge import Edge
from services.cards.person import Document, Person, Secrets
from services.cards.registrar import Application, Registrar
from services.cards.registry import COLUMNS, POPULATION, LocalRegistry
from services.cards.sealed import Keyring
from services.cards.service import SERVICE
from services.cards.vault import ROWS, Vault
from shared.adapters.sqlite import SqliteStore
from shared.envelope import Envelope
from shared.runtime.changes import Changes
from shared.runtime.documents import collection, state_of

SMALL, LARGE, PART, PAGE = 10_000, 1_000_000, 10_000, 500
LOOKUPS, RUNS = 1_000, 5
SECRETS = Secrets(os.urandom(16), os.urandom(16), os.urandom(16), os.urandom(16), Keyring({"v1": os.urandom(16)}))
FIELDS = 5
"""Sealed of a person without a phone."""


async def measure(large: int = LARGE, runs: int = RUNS) -> list[Measured]:
    """The ratio of issuing, the rate up to the last card, and the ratio of looking up."""
    folder = own_folder("cards")
    rates = await interleaved({"ours": partial(_ours, folder), "bare": partial(_bare, folder)}, runs)
    small, big = await _authority(folder / "small", SMALL), await _authority(folder / "large", large)
    await _issue(small, 0, SMALL)
    parts = [await _issue(big, first, PART) for first in range(0, large, PART)]
    found = await interleaved({"small": partial(_p99, small, SMALL), "large": partial(_p99, big, large)}, runs)
    return [
        Ratio.of(
            "cards issued a second ÷ the bare SM4, SM3 and insert work",
            "1/s", rates["ours"], rates["bare"], at_least=0.5,
        ),
        Figure.of(
            f"cards issued a second, {large:,} in all",
            "1/s", parts, {"first": parts[0], "last": parts[-1]}, "issued a second",
        ),
        Ratio.of(
            f"card looked up by document and by key, p99 at {large:,} ÷ at {SMALL:,}",
            "ms", found["large"], found["small"], at_most=1.5,
        ),
    ]  # fmt: skip


def person(n: int) -> Person:
    """An invented resident."""
    return Person(id_type="01", id_number=f"999999{19000101 + n % 90_000:08d}{n:07d}V", name=f"虚构{n % 977}")


async def _authority(folder: Path, people: int) -> Registrar:
    """An authority with an empty vault, in a city of so many."""
    _write_people(folder, people)
    journal, store = SqliteStore(folder / "vault.sqlite"), SqliteStore(folder / "cards.sqlite")
    await journal.open([ROWS])
    await store.open([collection(SERVICE)])

    async def publish(_envelopes: Sequence[Envelope]) -> None:
        """Made and signed, and then left: the broker is not in the bare work either."""

    standings = Standings(store, partial(state_of, SERVICE))
    edge = Edge(os.urandom(32))
    courier = Courier(Vault(journal, SECRETS), edge, publish=publish, standings=standings, changes=Changes())
    authority = Registrar(courier, LocalRegistry(folder / POPULATION), lambda: datetime.now(UTC))
    # The register is read before anything is measured.
    await authority.registry.check([person(0)])
    return authority


def _write_people(folder: Path, people: int) -> None:
    folder.mkdir(parents=True)
    with (folder / POPULATION).open("w", newline="", encoding="utf-8") as lines:
        out = csv.writer(lines)
        out.writerow(COLUMNS)
        out.writerows((one.id_type, one.id_number, one.name) for one in map(person, range(people)))


async def _issue(authority: Registrar, first: int, count: int) -> float:
    """Cards a second."""
    people = [person(n) for n in range(first, first + count)]
    begun = time.perf_counter()
    for at in range(0, count, PAGE):
        answers = await authority.apply_all([Application(one) for one in people[at : at + PAGE]])
        if {one.code for one in answers} != {"pending"}:
            raise RuntimeError("not everybody was issued a card")
    return count / (time.perf_counter() - begun)


async def _ours(folder: Path, run: int) -> float:
    return await _issue(await _authority(folder / f"ours-{run}", PART), 0, PART)


async def _bare(folder: Path, run: int) -> float:
    """The ciphers' and digests' calls that one card needs, and one insert of as many bytes with the same indexes."""
    path = folder / f"bare-{run}.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "CREATE TABLE rows (id TEXT PRIMARY KEY, version INTEGER, token TEXT, body BLOB, card, key, pending)",
        *(
            f"CREATE INDEX by_{name} ON rows ({name}, id) WHERE {name} IS NOT NULL"
            for name in ("card", "key", "pending")
        ),
    ):
        connection.execute(statement)
    begun = time.perf_counter()
    for at in range(0, PART, PAGE):
        rows = [_card(n) for n in range(at, at + PAGE)]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO rows VALUES (?, 1, ?, ?, ?, 'v1', '2026-11-24T09:00:00.000+08:00')", rows)
        connection.execute("COMMIT")
    took = time.perf_counter() - begun
    connection.close()
    return PART / took


KEY = os.urandom(16)
KEYED = [hmac.HMAC(os.urandom(16), hashes.SM3()) for _ in range(3)]


def _card(n: int) -> tuple[str, str, bytes, str]:
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"%032d" % n)
    index = digest.finalize()
    user = _ecb(KEY, index[:16])
    number = _ecb(user, index)
    card, id, _ = (_keyed(one, number) for one in KEYED)
    sealed = b"".join(_gcm(number) for _ in range(FIELDS))
    return id.hex(), "t" * 32, (sealed.hex() * 2)[:1100].encode(), card.hex()


def _ecb(key: bytes, text: bytes) -> bytes:
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    return encryptor.update(text) + encryptor.finalize()


def _keyed(keyed: hmac.HMAC, text: bytes) -> bytes:
    one = keyed.copy()
    one.update(text)
    return one.finalize()


def _gcm(text: bytes) -> bytes:
    encryptor = Cipher(algorithms.SM4(KEY), modes.GCM(os.urandom(12))).encryptor()
    encryptor.authenticate_additional_data(text)
    return encryptor.update(text) + encryptor.finalize() + encryptor.tag


async def _p99(authority: Registrar, people: int, run: int) -> float:
    """Milliseconds; a lookup is by document and then by card key."""
    random, took = Random(run), []
    for _ in range(LOOKUPS):
        one = person(random.randrange(people))
        document = Document(id_type=one.id_type, id_number=one.id_number)
        begun = time.perf_counter()
        [row] = (await authority.vault.of([document])).values()
        if await authority.vault.of_card(row.card) != row:
            raise RuntimeError("a card is not what its document says")
        took.append(time.perf_counter() - begun)
    return sorted(took)[int(0.99 * (LOOKUPS - 1))] * 1000
