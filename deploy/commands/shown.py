"""How every command shows what it found: a table for people, JSON for programs, and problems in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Annotated, Any, TypeVar

import httpx
import typer
import uvloop
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.access.declare import AccessRefusedError
from deploy.access.wire import BrokerRefusedError
from deploy.commands.elsewhere import NotStoppedError
from deploy.commands.here import NothingRunsError
from deploy.local.child import ChildFailedError
from deploy.local.folder import FolderInUseError
from deploy.local.topics import TopicRefusedError
from shared.runtime.log import LogUnavailable
from shared.runtime.store import StoreUnavailable

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

out = Console()
err = Console(stderr=True)

EXPECTED = (
    NothingRunsError,
    NotStoppedError,
    ChildFailedError,
    FolderInUseError,
    TopicRefusedError,
    AccessRefusedError,
    BrokerRefusedError,
    LogUnavailable,
    StoreUnavailable,
    KafkaError,
    httpx.HTTPError,
    FileNotFoundError,
    ValueError,
    LookupError,
    TimeoutError,
)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; what was to be expected becomes one sentence and status 2."""
    try:
        return uvloop.run(work)
    except EXPECTED as problem:
        say((f"{type(problem).__name__.removesuffix('Error')}:", "red"), f" {problem}", on=err)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def as_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def say(*parts: str | tuple[str, str], on: Console = out) -> None:
    """One line of texts and (text, style) pairs. A text is told as it is: what looks like markup in it is none."""
    on.print(Text.assemble(*parts), soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Iterable[str] = ()) -> None:
    """A table; `right` names the columns of numbers."""
    made = Table(title=Text(title, "table.title"), title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    out.print(made)


async def get(client: httpx.AsyncClient, url: str, **params: Any) -> Any:
    """The JSON of a call; a problem+json becomes a LookupError with its words."""
    answer = await client.get(url, params={name: value for name, value in params.items() if value is not None})
    if answer.is_success:
        return answer.json()
    raise LookupError(problem(answer))


async def paged(fetch: Callable[[str | None], Coroutine[Any, Any, dict[str, Any]]], items: str, most: int) -> list[Any]:
    """All items of a paged call, at most so many."""
    found: list[Any] = []
    cursor: str | None = None
    while len(found) < most:
        page = await fetch(cursor)
        found += page[items]
        cursor = page.get("cursor") or page.get("next")
        if not cursor:
            break
    return found[:most]


def problem(answer: httpx.Response) -> str:
    """What a call was refused for, in words."""
    try:
        body = answer.json()
    except ValueError:
        return f"{answer.status_code} from {answer.url.path}"
    return str(body.get("detail") or body.get("title") or answer.status_code)
