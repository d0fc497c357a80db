"""`onecard archive`: one card's health archive, as a person would read it."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from deploy.commands import shown
from deploy.commands.codes_taken import CodesTaken
from deploy.commands.here import FOLDER, Here, here
from deploy.commands.sentences import KINDS, sentence
from deploy.commands.shown import AsJson, out
from deploy.commands.up import Folder
from deploy.http import client
from shared.events.base import SHANGHAI
from shared.health_card import Refused, card_key, read_code

CARD_KEY = re.compile(r"[0-9a-f]{64}\Z")
PRINTED = (
    "静态二维码不能用于查阅健康档案，请出示动态二维码，或使用卡标识 "
    "A printed code opens no archive: show a dynamic one (`onecard cards code --dynamic`), or give the card key."
)


def archive(
    card: Annotated[
        str,
        typer.Argument(help="The card key (64 hex), or - to read a dynamic QR text on standard input. Never a number."),
    ] = "-",
    *,
    kind: Annotated[str, typer.Option(help="Only entries of this kind, such as result or diagnosis.")] = "",
    since: Annotated[datetime | None, typer.Option(help="From this day on (Shanghai).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this day (Shanghai).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many entries.")] = 500,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Read one card's archive; the read is recorded, and the resident can see it."""
    found = shown.run(_archive(folder, card, kind=kind, since=since, until=until, limit=limit))
    if json:
        shown.as_json(found)
    else:
        print_entries(found)


def print_entries(entries: list[dict[str, Any]]) -> None:
    """Entries by day, each with its time, its kind and a sentence."""
    made = Table(title="健康档案 · health archive", title_justify="left", show_lines=False, header_style="bold")
    for column in ("when", "kind", "what"):
        made.add_column(column, overflow="fold")
    day = ""
    for entry in entries:
        at = entry["happened"]
        if at[:10] != day:
            day = at[:10]
            made.add_section()
            made.add_row(Text(day, "bold"), "", "")
        style = "yellow" if entry["refused"] else "red" if entry["irregular"] else ""
        made.add_row(Text(at[11:19]), Text(KINDS.get(entry["kind"], entry["kind"])), sentence(entry), style=style)
    out.print(made)
    out.print(f"{len(entries)} entries")


async def entries_of(
    url: str, card: str, *, kind: str = "", since: str = "", until: str = "", limit: int = 500, token: str = ""
) -> list[dict[str, Any]]:
    """All entries of one card, over HTTP, page by page; `token` is the reader's, where the archive asks for one."""
    async with client(base_url=url, headers={"Authorization": f"Bearer {token}"} if token else None) as asking:

        async def page(cursor: str | None) -> dict[str, Any]:
            asked = {"kind": kind or None, "since": since or None, "until": until or None, "cursor": cursor}
            found: dict[str, Any] = await shown.get(asking, f"/cards/{card}/archive", **asked, limit=min(limit, 200))
            return found

        return await shown.paged(page, "entries", limit)


async def _archive(
    folder: Path, card: str, *, kind: str, since: datetime | None, until: datetime | None, limit: int
) -> list[dict[str, Any]]:
    running = here(folder)
    key = key_of(running, card)
    begin, end = (at.replace(tzinfo=SHANGHAI).isoformat() if at else "" for at in (since, until))
    url, token = running.urls["records"], running.token()
    return await entries_of(url, key, kind=kind, since=begin, until=end, limit=limit, token=token)


def key_of(running: Here, card: str) -> str:
    """The card key, or that of a QR text on standard input, read as a terminal reads it. A number in an argument is
    refused, and so is a printed code: whoever found it could show it."""
    if CARD_KEY.match(card):
        return card
    if card != "-":
        raise ValueError("an archive is asked for by card key, or by a QR text on standard input; never by a number")
    text = sys.stdin.readline().strip()
    protection = (running.secrets / "protection.key").read_bytes()
    taken = CodesTaken(Path(running.folder) / "codes-taken")
    scan = read_code(text, now=datetime.now(SHANGHAI), protection_key=protection, seen=taken, terminal="operator")
    if isinstance(scan, Refused):
        raise LookupError(f"{scan.zh} {scan.en}")  # noqa: TRY004 - the code is refused, it has no wrong type
    if scan.assurance != "high":
        raise ValueError(PRINTED)
    return card_key(scan.number, (running.secrets / "pseudonym.key").read_bytes())
