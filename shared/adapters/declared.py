"""What every store adapter refuses alike, so that a service proved on memory does not fail on a real store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import uuid4

from shared.runtime.store import MAX_DOCUMENT, Collection, Document, Index, IndexValue

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_RESERVED = frozenset({"id", "version", "token", "body"})
_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Declared:
    """One opened collection: its indexes by name, and every field they name, once, in order of declaration."""

    name: str
    indexes: Mapping[str, Index]
    fields: tuple[str, ...]

    def check(self, documents: Sequence[Document]) -> None:
        """Raises ValueError (OverflowError for an integer over 64 bits) for what no store may keep, before anything is
        written. No error shows a value of a document."""
        if len({document.id for document in documents}) != len(documents):
            raise ValueError(f"a call to {self.name} may name an id only once")
        for document in documents:
            self._check(document)

    def admit(self, documents: Sequence[Document]) -> list[Document]:
        """The documents as they will be stored: index without None, read only; a token where the caller gave none.
        Raises as `check` does."""
        self.check(documents)
        fresh = uuid4().hex
        return [_stored(document, document.token or fresh) for document in documents]

    def _check(self, document: Document) -> None:
        if document.version < 1:
            raise ValueError(f"a version in {self.name} counts from 1")
        if len(document.body) > MAX_DOCUMENT:
            raise ValueError(f"a document of {self.name} is larger than {MAX_DOCUMENT} bytes")
        if type(document.id) is not str or not document.id.isascii():
            _check(document.id, self.name)
        for field, value in document.index.items():
            # Nearly every value is plain text, about which there is nothing to find out.
            if (type(value) is not str or not value.isascii()) and value is not None:
                _check(value, self.name)
            if field not in self.fields and value is not None:
                raise ValueError(f"no index of {self.name} names the field {field}")

    def index(self, name: str, equals: Sequence[IndexValue]) -> Index:
        """The index to search; KeyError if it was not declared, ValueError unless all but its last field are given."""
        index = self.indexes[name]
        if len(equals) != len(index.fields) - 1:
            raise ValueError(f"the index {name} of {self.name} takes {len(index.fields) - 1} equal values")
        return index


def _stored(document: Document, token: str) -> Document:
    index = {field: value for field, value in document.index.items() if value is not None}
    return Document(document.id, document.version, document.body, MappingProxyType(index), token)


def declare(collections: Iterable[Collection]) -> dict[str, Declared]:
    """Opened collections by name. ValueError for a name that some store could not use as it stands."""
    return {collection.name: _declare(collection) for collection in collections}


def _declare(collection: Collection) -> Declared:
    fields = tuple(dict.fromkeys(field for index in collection.indexes for field in index.fields))
    for name in (collection.name, *(index.name for index in collection.indexes), *fields):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a name of lower-case letters, digits, - and _")
    if _RESERVED.intersection(fields) or not all(index.fields for index in collection.indexes):
        raise ValueError(f"an index of {collection.name} has no field, or one named as a column every document has")
    return Declared(collection.name, {index.name: index for index in collection.indexes}, fields)


def _check(value: IndexValue, collection: str) -> None:
    match value:
        case bool() | float():
            raise ValueError(f"an index value of {collection} is neither text nor an integer")
        case str():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError(f"an id or index value of {collection} can't be written as UTF-8") from None
        case int() if not -_LARGEST <= value < _LARGEST:
            raise OverflowError(f"an index value of {collection} needs more than 64 bits")
        case int():
            return
        case _:
            raise ValueError(f"an index value of {collection} is neither text nor an integer")
