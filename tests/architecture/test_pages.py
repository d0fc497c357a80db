"""What a page points at is there: links, files, `make` targets; and nothing that exists is left out of an index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.events import SERVICES

CHECKOUT = Path(__file__).parents[2]
FOLDERS = ("benches", "deploy", "docs", "services", "shared", "tests")
PAGES = sorted(
    [
        CHECKOUT / "README.md",
        *(page for folder in FOLDERS for page in (CHECKOUT / folder).rglob("*.md") if "node_modules" not in page.parts),
    ]
)
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
FILE = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w/.-]+\.(?:py|md|yaml|csv|toml|json))`")
MAKE = re.compile(r"(?:`|^ *)make ([a-z-]+)", re.MULTILINE)
TARGETS = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def named(page: Path) -> str:
    return str(page.relative_to(CHECKOUT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_and_file_of_a_page_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in LINK.findall(text) if "://" not in link and not (page.parent / link).exists()]
    assert links + [file for file in FILE.findall(text) if not (CHECKOUT / file).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_makes_can_be_made(page: Path) -> None:
    assert set(MAKE.findall(page.read_text(encoding="utf-8"))) <= TARGETS


def test_the_index_of_runbooks_names_every_one() -> None:
    folder = CHECKOUT / "docs" / "runbooks"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in folder.glob("*.md") if page.name != "README.md" and page.name not in index] == []


def test_the_flow_on_the_first_page_has_every_service() -> None:
    flow = (CHECKOUT / "README.md").read_text(encoding="utf-8").partition("## The flow")[2].split("```")[1]
    assert set(SERVICES) - set(re.findall(r"\w+", flow)) == set()


def test_every_target_but_what_others_need_says_what_it_does() -> None:
    told = set(re.findall(r"^([a-z-]+):.*## ", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert TARGETS - told == {"jars"}
