"""`onecard cards`: what the card authority does with cards. A person is read from standard input or a file, never from
an argument, which a shell would keep."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.commands import cards_bulk, cards_codes
from deploy.commands.cards_asked import Card, from_stdin, tell
from deploy.commands.here import FOLDER
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder
from shared.events.authority import Reason, Relation

commands = typer.Typer(no_args_is_help=True, help=__doc__)
commands.command()(cards_bulk.bulk)
commands.command()(cards_codes.code)
commands.command()(cards_codes.verify)
commands.command()(cards_codes.rotate)


@commands.command()
def issue(
    *,
    temporary: Annotated[bool, typer.Option("--temporary", help="For whom the register does not know yet.")] = False,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Issue a card to the person on standard input: JSON with id_type, id_number, name and perhaps phone."""
    person = from_stdin() | {"standing": "temporary" if temporary else "formal"}
    tell(folder, "POST", "/applications", person, json=json)


@commands.command()
def lookup(*, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """The card key of the document on standard input: JSON with id_type and id_number."""
    tell(folder, "POST", "/lookups", from_stdin(), json=json)


@commands.command()
def show(card: Card, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """How a card stands: issue, suspension, merges, proxies, entitlements."""
    tell(folder, "GET", f"/cards/{card}", json=json)


@commands.command()
def holder(card: Card, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Who holds a card; that it was asked is written down first."""
    tell(folder, "POST", f"/cards/{card}/holder", {}, json=json)


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


def _change(folder: Path, card: str, wanted: dict[str, Any], *, json: bool) -> None:
    tell(folder, "POST", f"/cards/{card}/requests", wanted, json=json)
