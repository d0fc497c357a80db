"""What a check shows of where visits took the card: as a table for people, and whole for programs."""

from __future__ import annotations

import pytest
from rich.console import Console

from deploy.check import Result
from deploy.check.uses import Uses
from deploy.commands import check as command
from deploy.commands import shown
from tests.support.spec import an_id


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Console:
    """Where commands print, as plain text on a wide terminal."""
    console = Console(record=True, width=200, force_terminal=False)
    for module in (command, shown):
        monkeypatch.setattr(module, "out", console)
    return console


@pytest.fixture
def found() -> Result:
    """Two visits: one took the card at both its steps, one at the first of two."""
    uses = Uses({})
    uses.add(an_id(1), {"registration", "stay"}, {"registration", "stay"})
    uses.add(an_id(2), {"registration", "consultation"}, {"registration"})
    return Result(uses=uses)


def test_each_step_is_shown_with_the_visits_it_was_done_in_and_those_that_took_the_card(
    printed: Console, found: Result
) -> None:
    command.print_result(found)
    lines = {line.split("│")[1].strip(): line for line in printed.export_text().splitlines() if "│" in line}
    cells = [[cell.strip() for cell in lines[step].split("│")[2:4]] for step in ("挂号 Registration", "住院 Stay")]
    assert cells == [["2", "2"], ["1", "1"]]


def test_a_visit_whose_step_had_no_card_is_named(printed: Console, found: Result) -> None:
    command.print_result(found)
    assert an_id(2) in printed.export_text()


def test_visits_are_grouped_by_how_many_steps_took_the_card(printed: Console, found: Result) -> None:
    command.print_result(found)
    assert "2 visits took the card at so many steps: 1 at 1, 1 at 2." in printed.export_text()


def test_programs_are_told_all_of_it(found: Result) -> None:
    told = found.as_json()["card"]
    assert (told["visits"], len(told["steps"]), told["histogram"]["2"]) == (2, 8, 1)


def test_where_no_terminal_is_known_nothing_is_counted(printed: Console) -> None:
    command.print_result(Result())
    assert (Result().as_json()["card"], "card" in printed.export_text()) == (None, False)
