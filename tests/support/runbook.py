"""A runbook is followed as it is written: its fenced `sh` blocks are run, in order, in a shell, against a town.

    with following("dead-letters.md", here) as book:
        await book.next()                  # runs the first block, which must end with 0
        await book.next(ID="a/1/2")        # the second, with $ID set as the page asks its reader to

A block that may end otherwise says so where it begins: ```sh exits=1. At the end no block may be left.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.town import Town

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "runbooks"
BLOCK = re.compile(r"^ *```sh(?: exits=([0-9,]+))?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SECONDS = 180


@dataclass(frozen=True)
class Block:
    """Commands of a page, and the statuses they may end with."""

    text: str
    exits: tuple[int, ...]


@dataclass
class Book:
    """One page in the hands of somebody who does what it says."""

    page: str
    here: Town
    left: list[Block]
    environment: dict[str, str] = field(default_factory=dict)

    async def next(self, **told: str) -> str:
        """Run the next block with these variables set; what it printed. AssertionError when it ends otherwise."""
        block = self.left.pop(0)
        environment = {**os.environ, "ONECARD_FOLDER": str(self.here.local.folder), "COLUMNS": "200", **told}
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", block.text),
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(SECONDS):
                printed, _ = await shell.communicate()
        finally:
            if shell.returncode is None:
                shell.kill()
        text = printed.decode()
        assert shell.returncode in block.exits, f"{self.page}: ended with {shell.returncode}\n{block.text}\n{text}"
        return text


def blocks(page: str) -> list[Block]:
    """All blocks of a page, in order."""
    found = BLOCK.findall((PAGES / page).read_text(encoding="utf-8"))
    return [Block(text, tuple(map(int, (exits or "0").split(",")))) for exits, text in found]


@contextmanager
def following(page: str, here: Town) -> Iterator[Book]:
    """A page to follow; every block of it must have been run at the end."""
    book = Book(page, here, blocks(page))
    yield book
    assert book.left == [], f"{page}: {len(book.left)} blocks were not run"
