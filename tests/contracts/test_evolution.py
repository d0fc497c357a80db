"""Which change of a frozen type is let through: a new optional field, at any depth, and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.events.evolution import breaks
from shared.events.schemas import Schema, main, rendered, schemas

NAME = "onecard.registration.close-refused.v1"
BEFORE = schemas()[NAME]
NOTE = {"type": "string", "maxLength": 9, "default": ""}


class Copy(NamedTuple):
    """A copy of the schema to change: all of it, its fields, and the fields of the parts of its list."""

    whole: Schema
    fields: Schema
    item: Schema


Change = Callable[[Copy], object]


def changed(change: Change) -> Schema:
    after = copy.deepcopy(BEFORE)
    change(Copy(after, after["properties"], after["$defs"]["OpenItem"]["properties"]))
    return after


@pytest.mark.parametrize(
    "change",
    [
        lambda copy: copy.whole.update(description="other words"),
        lambda copy: copy.fields.update(note=NOTE),
        lambda copy: copy.item.update(note=NOTE),
    ],
)
def test_a_new_optional_field_breaks_nothing(change: Change) -> None:
    assert breaks(BEFORE, changed(change)) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda copy: copy.fields.pop("open"), "body.open is gone"),
        (lambda copy: copy.item.pop("kind"), "body.open[].kind is gone"),
        (lambda copy: copy.whole["required"].remove("code"), "body.code is no longer required"),
        (lambda copy: copy.whole["required"].append("open"), "body.open is required now"),
        (lambda copy: copy.fields["code"].update(pattern="^[a-z]{1,64}$"), "body.code: pattern"),
        (lambda copy: copy.fields["code"].update(type="integer"), "body.code: type"),
        (lambda copy: copy.fields["open"].update(maxItems=201), "body.open: maxItems"),
        (lambda copy: copy.fields["open"].pop("default"), "body.open: default"),
        (lambda copy: copy.item["kind"]["enum"].append("bed"), "body.open[].kind: enum"),
        (lambda copy: copy.item["kind"]["enum"].remove("bill"), "body.open[].kind: enum"),
    ],
)
def test_every_other_change_breaks_and_says_where(change: Change, where: str) -> None:
    (found,) = breaks(BEFORE, changed(change))
    assert found.startswith(where)


def test_a_new_field_that_is_required_breaks() -> None:
    def change(copy: Copy) -> None:
        copy.fields["note"] = NOTE
        copy.whole["required"].append("note")

    assert breaks(BEFORE, changed(change)) == ["body.note is required now"]


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the schema as it was, in a folder of its own."""
    path = tmp_path / f"{NAME}.json"
    path.write_text(rendered(BEFORE), encoding="utf-8")
    monkeypatch.setattr("shared.events.schemas.FROZEN", tmp_path)
    return path


def test_a_breaking_change_is_never_written(
    frozen: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    after = changed(lambda copy: copy.fields.pop("open"))
    monkeypatch.setattr("shared.events.schemas.schemas", lambda: {NAME: after})
    assert main(["--write"]) == 1
    assert frozen.read_text(encoding="utf-8") == rendered(BEFORE)
    assert "new version" in capsys.readouterr().err


def test_a_new_optional_field_is_written(frozen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    after = changed(lambda copy: copy.fields.update(note=NOTE))
    monkeypatch.setattr("shared.events.schemas.schemas", lambda: {NAME: after})
    assert main(["--write"]) == 0
    assert frozen.read_text(encoding="utf-8") == rendered(after)
