"""What commands show of others' words: all of it, as it was written, whatever it looks like."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from deploy.commands import archive, shown
from deploy.commands.here import NAME, Here, announced
from deploy.commands.sentences import sentence

WRITTEN = ("血压 [/] 140/90", "[red]血压[/red] 140/90", "[link=file:///]x", "a\\[b]", "ends with \\", "[bold", "[1][x]")


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Console:
    """Where commands print, as plain text on a wide terminal."""
    console = Console(record=True, width=200, force_terminal=False)
    for module in (archive, shown):
        monkeypatch.setattr(module, "out", console)
    return console


@pytest.mark.parametrize("written", WRITTEN)
def test_a_note_with_markup_is_printed_as_it_was_written(printed: Console, written: str) -> None:
    archive.print_entries([entry("onecard.consultation.consultation-accepted.v1", {"notes": written})])
    assert written in printed.export_text()


@pytest.mark.parametrize("written", WRITTEN)
def test_a_cell_with_markup_is_printed_as_it_was_written(printed: Console, written: str) -> None:
    shown.table("Title", ("what",), [(written,)])
    assert written in printed.export_text()


def test_markup_over_two_findings_is_none() -> None:
    told = sentence(result(found("[a", "normal"), found("b]", "normal")))
    assert (told.plain, told.spans) == ("[a 7 u，b] 7 u", [])


def test_a_flag_is_shown_in_its_own_colour() -> None:
    told = sentence(result(found("[red]K[/]", "critical_high")))
    assert (told.plain, [(told.plain[span.start : span.end], span.style) for span in told.spans]) == (
        "[red]K[/] 7 u↑↑",
        [("↑↑", "red bold")],
    )


def test_a_critical_value_begins_in_red() -> None:
    told = sentence(entry("onecard.lab.critical-value-flagged.v1", {"findings": [found("K", "critical_high")]}))
    assert isinstance(told, Text)
    assert (told.plain, told.spans[0].style) == ("危急值：K 7 u↑↑", "red")


def test_only_this_user_may_read_where_a_platform_runs(tmp_path: Path) -> None:
    (tmp_path / NAME).touch(mode=0o644)
    with announced(Here("127.0.0.1:1", "sqlite:x", {}, str(tmp_path))):
        assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def result(*findings: dict[str, str]) -> dict[str, Any]:
    return entry("onecard.lab.lab-result-reported.v1", {"findings": findings})


def found(display: str, flag: str) -> dict[str, str]:
    return {"display": display, "value": "7", "unit": "u", "flag": flag}


def entry(type: str, body: dict[str, Any]) -> dict[str, Any]:
    happened = "2026-11-24T09:00:00+08:00"
    return {"type": type, "kind": "result", "happened": happened, "body": body, "refused": False, "irregular": False}
