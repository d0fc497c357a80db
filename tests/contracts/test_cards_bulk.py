"""Cards for everybody in a file: a page at a time, on from where it ended, and not a word about anybody beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from deploy.commands.cards_bulk import COLUMNS, PAGE, beside, keep, pages, read, send
from tests.support.card_desk import CardDesk, person


def written(file: Path, people: Iterable[dict[str, str]]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as lines:
        out = csv.DictWriter(lines, COLUMNS[:4])
        out.writeheader()
        out.writerows(people)
    return file


async def issued(desk: CardDesk, file: Path, most: int = 1 << 30) -> dict[str, int]:
    """As the command does, but for at most so many pages: then it is ended."""
    reached = read(file)
    for number, page in enumerate(pages(file, after=reached.lines)):
        if number >= most:
            break
        keep(file, reached, await send(desk.http, page))
    return reached.answers


async def test_everybody_in_the_file_has_a_card(tmp_path: Path) -> None:
    desk = await CardDesk().open()
    assert await issued(desk, written(tmp_path / "city.csv", map(person, range(20)))) == {"pending": 20}
    assert len(desk.fold.streams) == 20


async def test_ended_in_the_middle_it_goes_on(tmp_path: Path) -> None:
    desk = await CardDesk().open()
    file = written(tmp_path / "city.csv", map(person, range(PAGE + 20)))
    await issued(desk, file, most=1)
    assert await issued(desk, file) == {"pending": PAGE + 20}


async def test_a_page_whose_answer_was_lost_is_issued_once(tmp_path: Path) -> None:
    desk = await CardDesk().open()
    file = written(tmp_path / "city.csv", map(person, range(20)))
    await send(desk.http, next(pages(file, after=0)))
    await issued(desk, file)
    assert len(desk.fold.streams) == 20


async def test_a_wrong_line_spoils_no_other_and_is_told_by_its_number(tmp_path: Path) -> None:
    desk = await CardDesk().open()
    people = [person(1), person(2, name="虚构三"), person(3, id_type="x"), person(4)]
    file = written(tmp_path / "city.csv", people)
    await issued(desk, file)
    assert beside(file, "refused").read_text() == "3,name_mismatch\n4,bad_request\n"


async def test_nothing_about_anybody_is_written_beside_it(tmp_path: Path) -> None:
    desk = await CardDesk().open()
    file = written(tmp_path / "city.csv", [person(1), person(2, name="虚构三")])
    await issued(desk, file)
    for other in tmp_path.iterdir():
        if other != file:
            assert "虚构" not in other.read_text()
            assert "999999" not in other.read_text()


def test_a_file_that_changed_is_not_gone_on_with(tmp_path: Path) -> None:
    file = written(tmp_path / "city.csv", [person(1)])
    keep(file, read(file), ["pending"])
    written(file, [person(2)])
    with pytest.raises(ValueError, match="has changed"):
        read(file)


def test_a_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "city.csv"
    file.write_text("name,number\n")
    with pytest.raises(ValueError, match="line 1"):
        next(pages(file, after=0))


def test_of_a_large_file_a_page_is_in_memory(tmp_path: Path) -> None:
    file = written(tmp_path / "city.csv", map(person, range(4 * PAGE)))
    assert [len(page) for page in pages(file, after=PAGE)] == [PAGE] * 3
