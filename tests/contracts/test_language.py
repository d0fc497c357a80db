"""The published language: frozen, bounded, and readable both ways."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from shared.events import TYPES, Event
from shared.events.evolution import breaks, inlined
from shared.events.schemas import FROZEN, WHAT_TO_DO, Schema, compared, named, read_frozen, rendered, schemas
from tests.support.anything import any_event

SCHEMAS = schemas()
FROZEN_SCHEMAS = read_frozen()
FORMATS = {"date", "date-time"}
ENDLESS = re.compile(r"[*+]|,\}")

every_type = pytest.mark.parametrize("name", sorted(SCHEMAS))


class TestFrozenSchemas:
    @every_type
    def test_a_model_differs_from_its_frozen_schema_by_optional_fields_at_most(self, name: str) -> None:
        assert breaks(FROZEN_SCHEMAS[name], SCHEMAS[name]) == [], WHAT_TO_DO

    def test_every_optional_field_is_frozen_and_every_file_has_its_model(self) -> None:
        assert compared(FROZEN, SCHEMAS) == ([], []), "python -m shared.events.schemas --write"

    def test_a_file_without_a_model_is_a_problem(self, tmp_path: Path) -> None:
        (tmp_path / "onecard.lab.gone.v1.json").write_text("{}")
        problems, _ = compared(tmp_path, {})
        assert problems == ["onecard.lab.gone.v1: its file is frozen, but no model has this type any more"]

    @every_type
    def test_a_frozen_file_is_written_in_the_one_way(self, name: str) -> None:
        path = FROZEN / f"{name}.json"
        assert path.read_text(encoding="utf-8") == rendered(json.loads(path.read_bytes()))


class TestBounds:
    @every_type
    def test_every_integer_text_and_list_is_bounded(self, name: str) -> None:
        assert list(unbounded(inlined(SCHEMAS[name]), name)) == []

    @pytest.mark.parametrize(
        "schema",
        [
            {"type": "string"},
            {"type": "string", "pattern": "^[a-z]+$"},
            {"type": "string", "pattern": "[a-z]{1,9}"},
            {"type": "integer", "minimum": 0},
            {"type": "integer", "minimum": 0, "maximum": 2**63},
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "array", "items": {"type": "boolean"}},
            {"type": "object", "additionalProperties": {"type": "boolean"}},
            {},
        ],
    )
    def test_what_has_no_bound_is_found(self, schema: Schema) -> None:
        assert list(unbounded(schema, "x")) == ["x"]


def unbounded(schema: Schema, at: str) -> Iterator[str]:
    """Where a value of this schema may be of any length or size."""
    match schema:
        case {"anyOf": choices}:
            for choice in choices:
                yield from unbounded(choice, at)
        case {"type": "object"} if "additionalProperties" not in schema:
            for name, part in schema.get("properties", {}).items():
                yield from unbounded(part, f"{at}.{name}")
        case {"type": "array", "maxItems": int(), "items": items}:
            yield from unbounded(items, f"{at}[]")
        case {"const": _} | {"enum": _} | {"type": "boolean" | "null"} | {"type": "string", "maxLength": int()}:
            return
        case {"type": "string", "format": format} if format in FORMATS:
            return
        case {"type": "string", "pattern": str() as pattern} if pattern[0] + pattern[-1] == "^$":
            yield from [at] if ENDLESS.search(re.sub(r"\[[^]]*\]", "", pattern)) else []
        case {"type": "integer", "minimum": low, "maximum": high} if -(2**63) <= low <= high < 2**63:
            return
        case _:
            yield at


class TestRoundTrip:
    @pytest.mark.parametrize(("name", "event"), sorted(named(TYPES.values()).items()))
    @given(data=st.data())
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_every_event_is_what_its_schema_says_and_comes_back_the_same(
        self, name: str, event: type[Event], data: st.DataObject
    ) -> None:
        said = data.draw(any_event(event))
        text = said.model_dump_json(exclude_none=True)
        validator(name).validate(json.loads(text))
        assert event.model_validate_json(text).model_dump_json(exclude_none=True) == text

    @pytest.mark.parametrize("day", [20781, "2026-11-24T00:00:01"])
    def test_a_day_is_a_day_in_text_and_nothing_else(self, day: object) -> None:
        body = {
            "card": "c" * 64,
            "visit": {"id": "0193e5c0-0000-7000-8000-000000000000", "date": day},
            "where": {"institution": "H01", "terminal": "T01", "channel": "desk"},
        }
        with pytest.raises(ValueError, match="date"):
            Event.model_validate_json(json.dumps(body))


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[name], format_checker=Draft202012Validator.FORMAT_CHECKER)
