"""An archive of a given size, written quickly: the same rows as ingest leaves, twenty for each card."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from benches.archived_log import facts
from services.records.archive import OFFSETS, Entry, entry
from services.records.queries import ENTRIES
from shared.adapters.declared import declare
from shared.adapters.sqlite_table import Table, table_of
from shared.adapters.sqlite_transaction import create

PER_CARD = 20
PARTITIONS = 12


def card(n: int) -> str:
    """The key of the n-th card."""
    return sha256(str(n).encode()).hexdigest()


def made(path: Path, entries: int) -> None:
    """An archive of that many entries."""
    table = table_of(declare([ENTRIES])[ENTRIES.name])
    written(path, table, _rows(entries, table.declared.fields))


def written(path: Path, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Without a journal and with all of it in memory until the end (2 GB for a million): nothing here is to last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -4000000"):
        connection.execute(f"PRAGMA {pragma}")
    create(connection, [table])
    connection.execute("BEGIN")
    connection.executemany(table.insert, rows)
    connection.execute("COMMIT")
    connection.close()


def _rows(entries: int, fields: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """The first entry of every card before the second of any, so one card's lie as far apart as on a real log."""
    cards, random = [card(n) for n in range(entries // PER_CARD)], Random(1)
    for template in _templates():
        random.shuffle(cards)
        old = str(template.fields["card"])
        for one in cards:
            bits = f"{random.getrandbits(128):032x}"
            id = f"{bits[:8]}-{bits[8:12]}-5{bits[13:16]}-8{bits[17:20]}-{bits[20:]}"
            position = random.randrange(PARTITIONS) * OFFSETS + random.getrandbits(40)
            index = {**template.fields, "card": one, "position": position}
            body = template.body.replace(old.encode(), one.encode())
            yield (f"{one}/{id}", 1, "t" * 32, body, *(index[field] for field in fields))


def _templates() -> list[Entry]:
    """One card's twenty entries."""
    envelopes = (fact._replace(partition=0, offset=n) for n, fact in enumerate(facts(PER_CARD)))
    return [made for made in map(entry, envelopes) if isinstance(made, Entry)]
