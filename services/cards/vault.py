"""The vault: who holds which card. A store of its own, of rows whose personal fields are sealed one by one.

A row's id is the blind index of its document, so a document has one row, whoever enters it and however many at once.
A row carries at most one pending request: who would ask for something else about that card loses the compare-and-set.
The names in the JSON are the storage format: version with care.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic_core import from_json, to_json

from services.cards.person import Derived, Document, Person, Secrets, blind, derived
from shared.runtime import store
from shared.runtime.store import Index, Store

ROWS = store.Collection(
    "rows", (Index("by_card", ("card",)), Index("pending", ("pending",)), Index("by_key", ("key",)))
)
OPENED = store.Collection("opened", (Index("by_card", ("card", "at")),))
"""Who had a holder's fields opened."""
PAGE = 200


@dataclass(frozen=True)
class Pending:
    """A request on its way: id, wire type, body (card keys only) and the moment it was made (its `ce_time`)."""

    id: str
    type: str
    at: str
    body: str


@dataclass(frozen=True)
class Outcome:
    """What became of the newest request: its code, empty for yes."""

    request: str
    code: str


@dataclass(frozen=True)
class Row:
    """One document's row. `sealed` are the personal fields; `issued` whether its application was ever granted."""

    id: str
    card: str
    key: str
    sealed: Mapping[str, str]
    issued: bool = False
    pending: Pending | None = None
    last: Outcome | None = None
    version: int = 0

    def with_pending(self, pending: Pending) -> Row:
        return Row(self.id, self.card, self.key, self.sealed, self.issued, pending, self.last, self.version)

    def settled(self, code: str) -> Row:
        """With the outcome of what was pending."""
        if self.pending is None:
            return self
        issued = self.issued or (self.pending.type == APPLICATION and code in {"", "card_exists"})
        return replace(self, pending=None, last=Outcome(self.pending.id, code), issued=issued)


APPLICATION = "onecard.edge.card-application-made.v1"


def sealed_row(person: Person, secrets: Secrets, id: str = "") -> tuple[Row, Derived]:
    """The row of a person who has none, and what follows from them. `id` is its blind index, where it is known."""
    id, made = id or blind(person, secrets), derived(person, secrets)
    fields = {
        "id_type": person.id_type,
        "id_number": person.id_number,
        "name": person.name,
        "phone": person.phone,
        "index": made.index,
        "number": made.number.reveal(),
    }
    seal = secrets.vault.seal
    sealed = {name: seal(id, name, text) for name, text in fields.items() if text}
    return Row(id, made.card, secrets.vault.newest, sealed), made


def opened(row: Row, secrets: Secrets, *names: str) -> dict[str, str]:
    """Those of a row's fields (all, for no name), opened. SealBrokenError when they can't be."""
    return {
        name: secrets.vault.open(row.id, name, row.sealed[name]) for name in names or row.sealed if name in row.sealed
    }


class Vault:
    """The rows over the store port. Everything it raises is the store's."""

    def __init__(self, store: Store, secrets: Secrets) -> None:
        self._store, self.secrets = store, secrets

    async def of(self, documents: Collection[Document]) -> dict[str, Row]:
        """The rows of these documents, by the blind index."""
        return await self.rows([blind(one, self.secrets) for one in documents])

    async def rows(self, ids: Collection[str]) -> dict[str, Row]:
        found = await self._store.load(ROWS.name, ids)
        return {id: _decoded(document) for id, document in found.items()}

    async def of_card(self, card: str) -> Row | None:
        """The row of a card; a card is of one document."""
        found = await self._store.find(ROWS.name, "by_card", since=card, until=f"{card}\0", limit=1)
        return _decoded(found[0]) if found else None

    async def enter(self, rows: Sequence[Row]) -> set[str]:
        """Enter new rows, durably; the ids that are taken are returned, and left as they were."""
        return await self._store.insert(ROWS.name, [_encoded(row) for row in rows])

    async def save(self, rows: Sequence[Row]) -> set[str]:
        """Save changed rows, durably; the ids another writer was faster with are returned."""
        return await self._store.save(ROWS.name, [_encoded(row) for row in rows])

    async def pending(self, before: str) -> AsyncIterator[list[Row]]:
        """Pages of the rows whose request was made before a moment (as `Pending.at`), the oldest first."""
        after: tuple[str, str] | None = None
        while True:
            found = await self._store.find(ROWS.name, "pending", until=before, after=after, limit=PAGE)
            rows = [_decoded(one) for one in found]
            if rows:
                yield rows
            if len(found) < PAGE:
                return
            after = (str(found[-1].index["pending"]), found[-1].id)

    async def resealed(self) -> int:
        """Seal one page of what is under an older key anew under the newest; how many rows that page had."""
        for old in self.secrets.vault.ids[:-1]:
            if page := await self._reseal(old):
                return page
        return 0

    async def _reseal(self, old: str) -> int:
        found = await self._store.find(ROWS.name, "by_key", since=old, until=f"{old}\0", limit=PAGE)
        await self.save([self._resealed(_decoded(one)) for one in found])
        return len(found)

    async def opened_by(self, card: str, reader: str, at: str, id: str) -> None:
        """Write down that a reader has a holder's fields opened, before they are."""
        body = to_json({"at": at, "reader": reader})
        await self._store.insert(OPENED.name, [store.Document(f"{card}/{id}", 1, body, {"card": card, "at": at})])

    def _resealed(self, row: Row) -> Row:
        keys = self.secrets.vault
        sealed = {name: keys.seal(row.id, name, text) for name, text in opened(row, self.secrets).items()}
        return replace(row, sealed=sealed, key=keys.newest)


def _encoded(row: Row) -> store.Document:
    body = {
        "card": row.card, "key": row.key, "sealed": row.sealed, "issued": row.issued,
        "pending": row.pending and (row.pending.id, row.pending.type, row.pending.at, row.pending.body),
        "last": row.last and (row.last.request, row.last.code),
    }  # fmt: skip
    index = {"card": row.card, "key": row.key, "pending": row.pending.at if row.pending else None}
    return store.Document(row.id, row.version + 1, to_json(body), index)


def _decoded(document: store.Document) -> Row:
    body = from_json(document.body)
    pending, last = body["pending"], body["last"]
    return Row(
        document.id,
        body["card"],
        body["key"],
        body["sealed"],
        body["issued"],
        Pending(*pending) if pending else None,
        Outcome(*last) if last else None,
        document.version,
    )
