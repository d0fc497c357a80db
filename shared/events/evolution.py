"""May a schema become another? Only by gaining optional fields, at any depth; everything else is a new version.

The comparison is closed: a field, bound, pattern, choice or default that is not the same as before is a break, also
where it only grew wider, since a service deployed earlier reads what a later one says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

WORDS = frozenset({"title", "description", "$schema", "$defs"})
"""What says nothing about which values are allowed; definitions are looked at where they are used."""


def breaks(old: Schema, new: Schema) -> list[str]:
    """Every difference between two whole schemas that is not a gained optional field, each with where it is."""
    return list(_differences(inlined(old), inlined(new), "body"))


def inlined(schema: Schema, definitions: Schema | None = None) -> dict[str, Any]:
    """A schema with each `$ref` replaced by what it names. The language has no recursive type."""
    definitions = schema.get("$defs", {}) if definitions is None else definitions
    found: dict[str, Any] = {}
    for key, value in schema.items():
        match key:
            case "$ref":
                found |= inlined(definitions[value.rpartition("/")[2]], definitions)
            case "properties":
                found[key] = {name: inlined(part, definitions) for name, part in value.items()}
            case "items":
                found[key] = inlined(value, definitions)
            case "anyOf":
                found[key] = [inlined(part, definitions) for part in value]
            case _ if key not in WORDS:
                found[key] = value
    return found


def _differences(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        match key, was, now:
            case _ if was == now:
                continue
            case "properties", dict(), dict():
                yield from _fields(was, now, at)
            case "required", _, _:
                before, after = set(was or ()), set(now or ())
                yield from (f"{at}.{name} is required now" for name in sorted(after - before))
                yield from (f"{at}.{name} is no longer required" for name in sorted(before - after))
            case "items", dict(), dict():
                yield from _differences(was, now, f"{at}[]")
            case "anyOf", list(), list() if len(was) == len(now):
                for one, other in zip(was, now, strict=True):
                    yield from _differences(one, other, at)
            case _:
                yield f"{at}: {key} was {was!r} and is {now!r}"


def _fields(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name, was in old.items():
        if name in new:
            yield from _differences(was, new[name], f"{at}.{name}")
        else:
            yield f"{at}.{name} is gone"
