"""`onecard cards bulk`: cards for everybody in a file, a page at a time.

A page that is sent again changes nothing, so after whatever ended it the command goes on where it was:
`<file>.progress` says up to which line, and `<file>.refused` which lines were refused and why. Neither holds a word
about anybody.
"""

from __future__ import annotations

import asyncio
import csv
import json as as_text
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.progress import Progress

from deploy.commands import shown
from deploy.commands.here import FOLDER, Here, here
from deploy.commands.shown import AsJson, out
from deploy.commands.up import Folder
from deploy.http import client

COLUMNS = ("id_type", "id_number", "name", "phone", "standing")
NEEDED = set(COLUMNS[:3])
PAGE = 500
GRANTED = ("pending", "card_exists")
PATIENCE = 120.0
"""Seconds a service that is away is waited for."""


@dataclass
class Reached:
    """How far a file has come: its digest, the lines done, and how many there were of each answer."""

    digest: str
    lines: int = 0
    answers: dict[str, int] = field(default_factory=dict)


def bulk(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=f"CSV with {', '.join(COLUMNS)}.")],
    *,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Issue cards to everybody in a CSV file; run it again to go on after anything that ended it."""
    reached = shown.run(_bulk(file, running_here(folder), json=json))
    if json:
        shown.as_json({"lines": reached.lines, "answers": reached.answers})
    else:
        out.print(f"{reached.lines} lines: " + ", ".join(f"{n} {code}" for code, n in sorted(reached.answers.items())))
        if any(code not in GRANTED for code in reached.answers):
            out.print(f"Why lines were refused is in {beside(file, 'refused')}")


def running_here(folder: Path) -> Here:
    """The platform in this folder, of which the card authority is a part."""
    try:
        return here(folder)
    except RuntimeError as problem:
        shown.say((str(problem), "red"), on=shown.err)
        raise typer.Exit(2) from None


async def _bulk(file: Path, running: Here, *, json: bool) -> Reached:
    reached = read(file)
    with Progress(console=shown.err, disable=json) as bar:
        task = bar.add_task("issuing", total=None, completed=reached.lines)
        async with client(base_url=running.urls["cards"], timeout=60, headers=running.shows) as asking:
            for page in pages(file, after=reached.lines):
                keep(file, reached, await send(asking, page))
                bar.update(task, completed=reached.lines)
    return reached


def pages(file: Path, after: int) -> Iterator[list[dict[str, str]]]:
    """The rows after so many, a page at a time; never more of the file in memory."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines, restkey="more", restval="")
        if not NEEDED <= set(rows.fieldnames or ()) <= set(COLUMNS):
            raise ValueError(f"{file.name} line 1: the columns are {', '.join(COLUMNS)}, the first three needed")
        left = islice(rows, after, None)
        while page := list(islice(left, PAGE)):
            yield [{name: text for name, text in row.items() if text} for row in page]


async def send(asking: httpx.AsyncClient, page: list[dict[str, str]]) -> list[str]:
    """The answers of a page, by their codes. A service that is away is asked again, for two minutes."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                answer = await asking.post("/applications/page", json={"applications": page})
            except httpx.TransportError:
                await asyncio.sleep(1)
                continue
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                await asyncio.sleep(1)
                continue
            if answer.is_error:
                raise LookupError(refused(answer))
            return [one["code"] for one in answer.json()["answers"]]


def refused(answer: httpx.Response) -> str:
    """What a call was refused for, in both languages."""
    try:
        body: dict[str, Any] = answer.json()
    except ValueError:
        return f"{answer.status_code} from the card authority"
    wrong = f" ({', '.join(body['invalid'])})" if body.get("invalid") else ""
    return f"{body.get('zh', '')} {body.get('en', answer.status_code)}{wrong}"


def read(file: Path) -> Reached:
    """How far this very file has come. ValueError when it has changed since."""
    digest = sha256()
    with file.open("rb") as bytes_:
        while piece := bytes_.read(1 << 20):
            digest.update(piece)
    progress = beside(file, "progress")
    if not progress.exists():
        return Reached(digest.hexdigest())
    reached = Reached(**as_text.loads(progress.read_text()))
    if reached.digest != digest.hexdigest():
        raise ValueError(f"{file.name} has changed since {progress.name} was written; remove that to begin anew")
    return reached


def keep(file: Path, reached: Reached, codes: list[str]) -> None:
    """The refused lines, then how far the file has come: after a crash between, a page's lines stand there twice."""
    with beside(file, "refused").open("a") as lines:
        lines.writelines(
            f"{reached.lines + number},{code}\n" for number, code in enumerate(codes, 2) if code not in GRANTED
        )
    reached.lines += len(codes)
    reached.answers = dict(Counter(reached.answers) + Counter(codes))
    written = beside(file, "progress.new")
    written.write_text(as_text.dumps(asdict(reached)))
    written.replace(beside(file, "progress"))


def beside(file: Path, what: str) -> Path:
    """A file of this command's own, beside the one it reads."""
    return file.with_name(f"{file.name}.{what}")
