"""How documents, indexes and searches are written for MongoDB: plain dictionaries, no driver. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.adapters.declared import Declared
from shared.runtime.store import Document, Index, IndexValue

Row = dict[str, Any]


def row_of(document: Document) -> Row:
    """A document as it is stored: its index fields lie beside the body, and a missing one is not written at all."""
    fixed = {"_id": document.id, "version": document.version, "token": document.token, "body": document.body}
    return {**fixed, **document.index}


def document_of(declared: Declared, row: Row) -> Document:
    """The document a stored row holds."""
    index = {field: row[field] for field in declared.fields if field in row}
    return Document(row["_id"], row["version"], row["body"], index, row["token"])


def index_keys(index: Index) -> list[tuple[str, int]]:
    """Equal fields, then the range, then the id, so that a page is read in its order and nothing is sorted."""
    return [(field, 1) for field in (*index.fields, "_id")]


def index_name(index: Index) -> str:
    """The fields are the name: an index declared with other fields under its old name is then another index."""
    return ",".join(index.fields)


def index_members(index: Index) -> Row:
    """Which rows a partial index holds: those that have all its fields."""
    return {field: {"$exists": True} for field in index.fields}


def search(
    index: Index,
    equals: Sequence[IndexValue],
    *,
    since: IndexValue,
    until: IndexValue,
    after: tuple[IndexValue, str] | None,
    descending: bool,
) -> Row:
    """The filter of one page. Each branch implies the partial index and is one range of it."""
    last = index.fields[-1]
    # No field is ever stored as null, so an equality with None finds nothing, as the port has it.
    terms: list[Row] = [{field: value} for field, value in zip(index.fields, equals, strict=False)]
    terms.append({last: {"$exists": True}})
    if since is not None:
        terms.append({last: {"$gte": since}})
    if until is not None:
        terms.append({last: {"$lt": until}})
    if after is None:
        return {"$and": terms}
    value, id_ = after
    beyond = "$lt" if descending else "$gt"
    same, further = [{last: value}, {"_id": {beyond: id_}}], [{last: {beyond: value}}]
    return {"$or": [{"$and": terms + same}, {"$and": terms + further}]}
