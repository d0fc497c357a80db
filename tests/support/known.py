"""What is really there, told to whoever draws requests from an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Rows = Mapping[str, Sequence[str | int]]
"""Values by the name of a parameter or field. Those of one place go together: a card, its visit, a request in it."""


def with_known(document: dict[str, Any], known: Mapping[str, Rows], fields: Rows | None = None) -> None:
    """Write rows into a document, by how the path begins; and values of fields of bodies. It means what it meant
    before: whatever is known was one of its values already."""
    for path, operations in document["paths"].items():
        rows = next((rows for begins, rows in known.items() if path.startswith(begins)), {})
        for parameter in _parameters(operations):
            if values := rows.get(parameter["name"]):
                parameter["schema"].pop("examples", None)
                parameter["schema"] = _or_known(parameter["schema"], values)
                parameter["examples"] = {str(n): {"value": value} for n, value in enumerate(values)}
    for shape in document["components"]["schemas"].values():
        properties = shape.get("properties", {})
        for name in properties.keys() & (fields or {}).keys():
            values = (fields or {})[name]
            properties[name] = {**_or_known(properties[name], values), "examples": list(values)}


def _parameters(operations: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for operation in operations.values():
        yield from operation.get("parameters", ())


def _or_known(schema: dict[str, Any], values: Sequence[str | int]) -> dict[str, Any]:
    return {"anyOf": [{"enum": list(dict.fromkeys(values))}, schema]}
