"""Any event of the language whatever, well formed but without sense: for laws about what is total.

Ids come from a small pool, so that events speak of each other's things.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, MinLen
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, StringConstraints

from shared.events import TYPES, AnyEvent
from shared.events.base import derive
from tests.support.spec import ABOUT, CARD, QUEUE, START, VISIT, an_id

IDS = (VISIT.id, *(an_id(n) for n in range(1, 5)))
CAUSES = ("", *IDS, derive(IDS[0], "fact"))
TEXTS = ("H01", "not_cleared", "2823-3", "1", "7.10", "mmol/L", IDS[0])


def anything(among: tuple[type[AnyEvent], ...] = (AnyEvent,)) -> st.SearchStrategy[Any]:
    """An event of any type, or any of these kinds, as it might be on the log."""
    names = sorted(name for name, event in TYPES.items() if issubclass(event, among))
    return st.sampled_from(names).flatmap(lambda name: any_event(TYPES[name]))


@st.composite
def any_event(draw: st.DrawFn, event: type[AnyEvent]) -> AnyEvent:
    """An event of one type, made at any second of the example day, and of any cause."""
    fields = {name: draw(values) for name, values in _fields(event).items() if name not in event.FRAME}
    at = START + timedelta(seconds=draw(st.integers(0, 3600)))
    return event(**_frame(event), **fields).known(draw(st.sampled_from(IDS)), at, at, draw(st.sampled_from(CAUSES)))


def _frame(event: type[AnyEvent]) -> dict[str, Any]:
    return {name: ABOUT[name] for name in event.FRAME}


@cache
def _fields(model: type[BaseModel]) -> dict[str, st.SearchStrategy[Any]]:
    return {name: _values(field.annotation, tuple(field.metadata)) for name, field in model.model_fields.items()}


def _values(annotation: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    match get_origin(annotation), get_args(annotation):
        case None, _:
            return _plain(annotation, metadata)
        case origin, (inner, *more) if origin is Annotated:
            return _values(inner, (*metadata, *more))
        case origin, choices if origin is Literal:
            return st.sampled_from(choices)
        case origin, choices if origin in (Union, UnionType):
            return st.one_of(*(_values(choice, metadata) for choice in choices))
        case origin, (inner, *_) if origin is list:
            least = max((one.min_length for one in _spread(metadata) if isinstance(one, MinLen)), default=0)
            return st.lists(_values(inner), min_size=least, max_size=3)
    raise TypeError(f"no values of {annotation} are known")


def _plain(kind: Any, metadata: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if kind is NoneType:
        return st.none()
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        inside = _frame(kind) if issubclass(kind, AnyEvent) else {}
        fields = {name: values for name, values in _fields(kind).items() if name not in inside}
        return st.builds(kind, **{name: st.just(value) for name, value in inside.items()}, **fields)
    if kind is str:
        return st.sampled_from([text for text in (*IDS, *TEXTS, CARD, QUEUE) if _fits(text, metadata)])
    least = max((int(str(one.ge)) for one in _spread(metadata) if isinstance(one, Ge)), default=0)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(least, least + 3),
        date: st.just(START.date()),
        AwareDatetime: st.just(START),
    }
    return plain[kind]


def _fits(text: str, metadata: tuple[Any, ...]) -> bool:

    patterns = [one.pattern for one in metadata if isinstance(one, StringConstraints) and one.pattern]
    return all(re.search(pattern, text) for pattern in patterns)


def _spread(metadata: tuple[Any, ...]) -> list[Any]:
    return [one for item in metadata for one in (getattr(item, "metadata", None) or [item])]
