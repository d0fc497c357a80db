"""What a request to the archive may say. Strict: one spelling for every value, and no value in any error."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from services.records import shown
from services.records.archive import KINDS, in_utc

_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
_EVENT = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_ALL_KINDS: list[Any] = sorted(set(KINDS.values()))
LINES = 100_000


def _digits(value: object) -> object:
    # Left to itself, a number may also be written " 5", "5.0" or "5_0".
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("digits only")
    return value


def _moment(value: str) -> str:
    try:
        return in_utc(value)
    except (ValueError, OverflowError):
        raise ValueError("no such moment") from None


def _kind(value: str) -> str:
    if value not in _ALL_KINDS:
        raise ValueError(f"one of {', '.join(_ALL_KINDS)}")
    return value


_Digits = BeforeValidator(_digits)
_Time = Annotated[str, StringConstraints(pattern=_TIME), AfterValidator(_moment)]
_Offset = Annotated[int, Field(ge=0, lt=1 << 47)]

Card = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The card key", examples=[shown.CARD])]
EventId = Annotated[str, Path(pattern=_EVENT, description="The event's id", examples=[shown.EVENT])]
Kind = Annotated[
    str, AfterValidator(_kind), Query(description="Only entries of this kind", json_schema_extra={"enum": _ALL_KINDS})
]
Since = Annotated[_Time, Query(description="Happened then or later; write + as %2B", examples=["2026-11-24T00:00:00Z"])]
Until = Annotated[_Time, Query(description="Happened before then; write + as %2B", examples=["2026-11-25T00:00:00Z"])]
Limit = Annotated[
    int, Field(ge=1, le=200), _Digits, Query(description="At most so many; a page of 1 MiB has fewer", examples=[50])
]
Cursor = Annotated[str, Query(max_length=200, pattern="^[A-Za-z0-9_-]+$", description="`next` of the page before")]
# The end of the one after would be a place no store can be asked for.
Partition = Annotated[int, Field(ge=0, lt=32_767), _Digits, Query(description="Of onecard.events", examples=[0])]
After = Annotated[_Offset, _Digits, Query(description="Offsets above this one", examples=[1999])]
Lines = Annotated[int, Field(ge=1, le=LINES), _Digits, Query(description="At most so many lines", examples=[LINES])]
