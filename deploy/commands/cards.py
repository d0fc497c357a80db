"""`onecard cards`: what the card authority does with cards. A person is read from standard input or a file, never from
an argument, which a shell would keep."""

from __future__ import annotations

import json as as_text
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from deploy.commands import cards_bulk, shown
from deploy.commands.here import FOLDER, here
from deploy.commands.shown import AsJson, out
from deploy.commands.up import Folder
from deploy.http import client
from shared.events.authority import Reason, Relation

commands = typer.Typer(no_args_is_help=True, help=__doc__)
commands.command("bulk")(cards_bulk.bulk)

Card = Annotated[str, typer.Argument(help="The card key (64 hex), never a card's number.")]


@commands.command()
def issue(
    *,
    temporary: Annotated[bool, typer.Option("--temporary", help="For whom the register does not know yet.")] = False,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Issue a card to the person on standard input: JSON with id_type, id_number, name and perhaps phone."""
    person = _from_stdin() | {"standing": "temporary" if temporary else "formal"}
    _tell(folder, "POST", "/applications", person, json=json)


@commands.command()
def lookup(*, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """The card key of the document on standard input: JSON with id_type and id_number."""
    _tell(folder, "POST", "/lookups", _from_stdin(), json=json)


@commands.command()
def show(card: Card, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """How a card stands: issue, suspension, merges, proxies, entitlements."""
    _tell(folder, "GET", f"/cards/{card}", json=json)


@commands.command()
def holder(card: Card, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Who holds a card; that it was asked is written down first."""
    _tell(folder, "POST", f"/cards/{card}/holder", {}, json=json)


@commands.command()
def suspend(
    card: Card,
    reason: Annotated[Reason, typer.Option(help="lost, misused, deceased or ordered.")] = "lost",
    *,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """挂失、停用: no new visit, and its open ones wait."""
    _change(folder, card, {"ask": "suspend", "reason": reason}, json=json)


@commands.command()
def restore(card: Card, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """解除停用."""
    _change(folder, card, {"ask": "restore"}, json=json)


@commands.command()
def replace(card: Card, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """补换卡: the next issue; older static codes are refused, and a lost card is restored."""
    _change(folder, card, {"ask": "replace"}, json=json)


@commands.command()
def formalize(card: Card, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """临时卡转正, once the register knows the holder."""
    _change(folder, card, {"ask": "formalize"}, json=json)


@commands.command()
def merge(
    card: Card,
    into: Annotated[str, typer.Option(help="The card key that is kept.")],
    *,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """并卡: this card retires into another one of the same person."""
    _change(folder, card, {"ask": "merge", "into": into}, json=json)


@commands.command()
def unmerge(card: Card, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """撤销并卡: this card stands for itself again."""
    _change(folder, card, {"ask": "unmerge"}, json=json)


@commands.command("grant-proxy")
def grant_proxy(
    card: Card,
    proxy: Annotated[str, typer.Option(help="The card key of who may act for the holder.")],
    relation: Annotated[Relation, typer.Option(help="What they are to the holder: parent, child or guardian.")],
    *,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """亲属代办: until it is revoked."""
    _change(folder, card, {"ask": "grant_proxy", "proxy": proxy, "relation": relation}, json=json)


@commands.command("revoke-proxy")
def revoke_proxy(
    card: Card,
    proxy: Annotated[str, typer.Option(help="The card key of who may not act for the holder any more.")],
    *,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """撤销代办."""
    _change(folder, card, {"ask": "revoke_proxy", "proxy": proxy}, json=json)


@commands.command()
def entitle(
    card: Card,
    entitlement: Annotated[str, typer.Argument(help="A code of the reference data, such as treat-first.")],
    until: Annotated[str, typer.Option(help="The last day it counts (YYYY-MM-DD); none: until it is ended.")] = "",
    *,
    end: Annotated[bool, typer.Option("--end", help="The holder is not entitled any more.")] = False,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """先诊疗后付费, 五项免费: what visits opened from now on carry."""
    wanted: dict[str, Any] = {"ask": "end_entitlement" if end else "entitle", "entitlement": entitlement}
    if until and not end:
        wanted["until"] = date.fromisoformat(until).isoformat()
    _change(folder, card, wanted, json=json)


@commands.command()
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
    image = shown.run(_asked(folder, "POST", f"/cards/{card}/code", wanted)).content
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(image)


@commands.command()
def verify(
    terminal: Annotated[str, typer.Option(help="The code of the terminal that scanned it.")],
    *,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Whether the QR text on standard input is good, and whose card it is."""
    _tell(folder, "POST", "/verifications", {"code": sys.stdin.readline().strip(), "terminal": terminal}, json=json)


@commands.command()
def rotate(*, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Seal everything in the vault that is under an older key anew under the newest, page by page."""
    found = shown.run(_rotate(folder))
    shown.as_json({"resealed": found}) if json else out.print(f"{found} rows sealed anew; older keys may go")


async def _rotate(folder: Path) -> int:
    done = 0
    while page := int((await _asked(folder, "POST", "/rotation", {})).json()["resealed"]):
        done += page
    return done


def _change(folder: Path, card: str, wanted: dict[str, Any], *, json: bool) -> None:
    _tell(folder, "POST", f"/cards/{card}/requests", wanted, json=json)


def _tell(folder: Path, method: str, path: str, body: dict[str, Any] | None = None, *, json: bool) -> None:
    told = shown.run(_asked(folder, method, path, body)).json()
    if json:
        shown.as_json(told)
    else:
        for name, value in told.items():
            if value not in (None, "", [], {}):
                shown.say((f"{name}: ", "bold"), str(value))


async def _asked(folder: Path, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    """The answer; a refusal is a LookupError with its words in both languages."""
    async with client(base_url=here(folder).urls["cards"], timeout=30) as asking:
        answer = await asking.request(method, path, json=body)
    if answer.is_success:
        return answer
    raise LookupError(cards_bulk.refused(answer))


def _from_stdin() -> dict[str, Any]:
    try:
        found = as_text.load(sys.stdin)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        shown.say(("not a person:", "red"), " one JSON object is read from standard input", on=shown.err)
        raise typer.Exit(2)
    return found
