"""A field in words: its type, how many, and its value when it is left out."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import AwareDatetime, BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from shared.events import base


class Value(NamedTuple):
    """A named kind of bounded value: its words (with its unit) and its bounds."""

    name: str
    words: str
    bounds: str


class Field(NamedTuple):
    """One field. `absent` is the value that a missing field has; "required" when it may not be missing."""

    name: str
    type: str
    absent: str


def fields(model: type[BaseModel], without: frozenset[str] = frozenset()) -> Iterator[Field]:
    """The fields of a model in the order they are declared."""
    hints = get_type_hints(model, include_extras=True)
    for name, info in model.model_fields.items():
        if name not in without:
            absent = "required" if info.is_required() else f"`{_json(info.get_default(call_default_factory=True))}`"
            yield Field(name, reads(hints[name]), absent)


def parts(models: Iterator[type[BaseModel]]) -> list[type[BaseModel]]:
    """Every model used inside these, once, in the order of first use."""
    found: dict[type[BaseModel], None] = {}

    def look(annotation: Any) -> None:
        for inner in get_args(annotation):
            look(inner)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in found:
            found[annotation] = None
            for hint in get_type_hints(annotation, include_extras=True).values():
                look(hint)

    for model in models:
        for field in model.model_fields:
            look(get_type_hints(model, include_extras=True)[field])
    return list(found)


def reads(annotation: Any) -> str:
    """A type as a reader says it: `list of 1 to 60 BillLine`."""
    for name, alias in _aliases().items():
        if annotation is alias:
            return f"[{name}](#{name.lower()})"
    match get_origin(annotation), get_args(annotation):
        case origin, choices if origin is Literal:
            return ", ".join(f"`{choice}`" for choice in choices)
        case origin, choices if origin in (Union, UnionType):
            return " or ".join(reads(choice) for choice in choices if choice is not NoneType)
        case origin, (inner, *more) if origin is Annotated and get_origin(inner) is list:
            (kind,) = get_args(inner)
            return f"list of {_count(more)} {reads(kind)}"
    plain: dict[Any, str] = {bool: "`true` or `false`", date: "day", AwareDatetime: "moment"}
    return plain.get(annotation) or f"[{annotation.__name__}](#{annotation.__name__.lower()})"


def values() -> list[Value]:
    """The named kinds of values, with the words written under each of them."""
    words = _words_under_assignments()
    return [Value(name, words.get(name, ""), _bounds(alias)) for name, alias in _aliases().items()]


def _aliases() -> dict[str, Any]:
    return {name: alias for name, alias in vars(base).items() if get_origin(alias) is Annotated}


def _words_under_assignments() -> dict[str, str]:
    body = ast.parse(inspect.getsource(base)).body
    found = {}
    for before, after in pairwise(body):
        match before, after:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str() as words)):
                found[name] = " ".join(words.split())
    return found


def _bounds(alias: Any) -> str:
    match TypeAdapter(alias).json_schema():
        case {"pattern": pattern}:
            return f"`{pattern}`"
        case {"minimum": low, "maximum": high}:
            return f"{low:,} to {high:,}"
        case {"maxLength": high, **more}:
            return f"{more.get('minLength', 0)} to {high} characters"
    raise TypeError("a value of the language has no bounds")


def _count(metadata: list[Any]) -> str:
    bounds = {type(one).__name__: one for item in metadata if isinstance(item, FieldInfo) for one in item.metadata}
    least = bounds["MinLen"].min_length if "MinLen" in bounds else 0
    return f"{least} to {bounds['MaxLen'].max_length}"


def _json(value: Any) -> str:
    return TypeAdapter(Any).dump_json(value).decode()
