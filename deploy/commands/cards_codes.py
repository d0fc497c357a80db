"""`onecard cards code`, `verify` and `rotate`: a card's QR code, whether a scanned one is good, the vault's keys."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.commands import shown
from deploy.commands.cards_asked import Card, asked, tell
from deploy.commands.here import FOLDER
from deploy.commands.shown import AsJson, out
from deploy.commands.up import Folder


def code(
    card: Card,
    file: Annotated[Path, typer.Argument(help="Where the image goes: .svg or .png. Whoever has it shows the card.")],
    *,
    dynamic: Annotated[bool, typer.Option("--dynamic", help="Good for a minute and once.")] = False,
    folder: Folder = FOLDER,
) -> None:
    """Draw a card's QR code into a new file that its owner alone reads."""
    format = file.suffix.removeprefix(".")
    wanted = {"kind": "dynamic" if dynamic else "static", "format": format}
    image = shown.run(asked(folder, "POST", f"/cards/{card}/code", wanted)).content
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(image)


def verify(
    terminal: Annotated[str, typer.Option(help="The code of the terminal that scanned it.")],
    *,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Whether the QR text on standard input is good, and whose card it is."""
    tell(folder, "POST", "/verifications", {"code": sys.stdin.readline().strip(), "terminal": terminal}, json=json)


def rotate(*, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Seal everything in the vault that is under an older key anew under the newest, page by page."""
    found = shown.run(_rotate(folder))
    shown.as_json({"resealed": found}) if json else out.print(f"{found} rows sealed anew; older keys may go")


async def _rotate(folder: Path) -> int:
    done = 0
    while page := int((await asked(folder, "POST", "/rotation", {})).json()["resealed"]):
        done += page
    return done
