"""What no rebuild brings back is named wherever people are told what to back up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.runbook import PAGES, blocks

SERVICES = Path(__file__).parents[2] / "services"


def kept() -> Iterator[str]:
    """The stores that are not on the log: one for each service that declares a journal."""
    for file in sorted(SERVICES.glob("*/*.py")):
        calls = (one for one in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(one, ast.Call))
        if any(declares(call) for call in calls):
            yield f"{file.parent.name}_journal"


def declares(call: ast.Call) -> bool:
    made = isinstance(call.func, ast.Name) and call.func.id in {"run", "Archive"}
    return made and any(told.arg == "journal" for told in call.keywords)


KEPT = list(kept())


def test_readers_and_holders_of_cards_are_not_on_the_log() -> None:
    assert sorted(KEPT) == ["cards_journal", "records_journal"]


@pytest.mark.parametrize("store", KEPT)
def test_what_to_back_up_has_it(store: str) -> None:
    away = (PAGES / "away.md").read_text("utf-8").partition("Back up")[2]
    assert all(f"`{store}`" in text for text in (away, (PAGES / "rebuild.md").read_text("utf-8")))


@pytest.mark.parametrize("store", KEPT)
def test_the_commands_of_the_backup_copy_it_and_put_it_back(store: str) -> None:
    loops = [block.text for block in blocks("restore.md") if "for journal in" in block.text]
    assert [store in loop.partition(";")[0].split() for loop in loops] == [True, True]
