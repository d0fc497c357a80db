"""A decision says what it costs and what enforces it; and what it names as its check is really there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "docs" / "decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
PARTS = ("Question", "Decision", "Why", "Cost", "Check")
TEST = re.compile(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`")
CONTRACT = re.compile(r"lint contract “([^”]+)”")
LINT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]


def test_pages_are_numbered_without_gaps() -> None:
    assert [int(page.name[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))


def test_the_index_lists_every_page_under_its_title() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    titles = {page.name: page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in PAGES}
    assert [name for name, title in titles.items() if f"[{title}]({name})" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_its_five_parts_in_order(page: Path) -> None:
    assert tuple(re.findall(r"^\*\*(\w+)\.\*\*", page.read_text(encoding="utf-8"), re.MULTILINE)) == PARTS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_check_a_page_names_is_there(page: Path) -> None:
    check = page.read_text(encoding="utf-8").partition("**Check.**")[2]
    assert not missing(check)
    assert TEST.search(check) or CONTRACT.search(check) or "No check yet" in check


def missing(check: str) -> list[str]:
    """The tests and contracts that a text names and nobody wrote."""
    check = " ".join(check.split())
    tests = [f"{path}::{name}" for path, name in TEST.findall(check) if not is_there(CHECKOUT / path, name)]
    known = {contract["name"] for contract in LINT["contracts"]}
    return tests + [name for name in CONTRACT.findall(check) if name not in known]


def is_there(file: Path, name: str) -> bool:
    """Whether a file has a test (or a class of tests) of that name; whether it exists, for no name."""
    if not file.is_file():
        return False
    return not name or bool(re.search(rf"\b(def|class) {name}\b|^{name} =", file.read_text("utf-8"), re.MULTILINE))
