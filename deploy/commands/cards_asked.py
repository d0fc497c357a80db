"""How the commands of the card authority ask it, and show what it tells."""

from __future__ import annotations

import json as as_text
import sys
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from deploy.commands import shown
from deploy.commands.cards_bulk import refused
from deploy.commands.here import here
from deploy.http import client

Card = Annotated[str, typer.Argument(help="The card key (64 hex), never a card's number.")]


def tell(folder: Path, method: str, path: str, body: dict[str, Any] | None = None, *, json: bool) -> None:
    """Ask, and print what is told."""
    told = shown.run(asked(folder, method, path, body)).json()
    if json:
        shown.as_json(told)
    else:
        for name, value in told.items():
            if value not in (None, "", [], {}):
                shown.say((f"{name}: ", "bold"), str(value))


async def asked(folder: Path, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    """The answer; a refusal is a LookupError with its words in both languages."""
    running = here(folder)
    async with client(base_url=running.urls["cards"], timeout=30, headers=running.shows) as asking:
        answer = await asking.request(method, path, json=body)
    if answer.is_success:
        return answer
    raise LookupError(refused(answer))


def from_stdin() -> dict[str, Any]:
    """One JSON object from standard input; a person is never in an argument."""
    try:
        found = as_text.load(sys.stdin)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        shown.say(("not a person:", "red"), " one JSON object is read from standard input", on=shown.err)
        raise typer.Exit(2)
    return found
