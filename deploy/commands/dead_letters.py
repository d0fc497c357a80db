"""`onecard dead-letters`: records set aside for people, and streams parked by a bug; look at them, try them again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from deploy.commands import shown
from deploy.commands.here import FOLDER, Here, here
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder
from deploy.http import client, dead_letters, in_path, parked
from shared.envelope import Unreadable, read
from shared.events.causes import CAUSES

commands = typer.Typer(no_args_is_help=True, help=__doc__)

Id = Annotated[str, typer.Argument(help="topic/partition/offset of a dead letter, or key/stream of a parked stream.")]
Only = Annotated[str, typer.Option("--service", help="This service alone, where several have it.")]


@commands.command("list")
def listed(*, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Everything set aside or parked, oldest first."""
    found = shown.run(_listed(folder))
    if json:
        shown.as_json(found)
        return
    rows = [(one["service"], one["what"], one["id"], one["cause"], one["words"]) for one in found]
    shown.table("Waiting for people", ("service", "what", "id", "cause", "in words"), rows)


@commands.command()
def show(id: Id, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Where one is on the log and what its headers say; never the values of a body."""
    found = shown.run(_shown(folder, id))
    if json:
        shown.as_json(found)
        return
    shown.table(id, ("what", "value"), found.items())


@commands.command()
def replay(id: Id, *, service: Only = "", folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Try one again wherever it waits: its owner reads it from the log and drains what waits behind it, in order."""
    tell(shown.run(_replayed(folder, id, service)), "replay", json=json)


@commands.command()
def refuse(
    id: Id,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why, in up to 200 characters; no personal data.")],
    *,
    operator: Annotated[str, typer.Option(help="Your staff code, never a name.")] = "operator",
    service: Only = "",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Give one up for good wherever it waits: a dead letter, or the first record of a parked stream. What waits behind
    it goes on."""
    if not yes and not typer.confirm(f"Give up {id}? The log will say so for ever, and nothing will bring it back."):
        raise typer.Exit(1)
    tell(shown.run(_refused(folder, id, service, {"reason": reason, "operator": operator})), "refused", json=json)


def tell(answers: list[dict[str, Any]], what: str, *, json: bool) -> None:
    """What each service answered. Status 1 when not all of them do it."""
    if json:
        shown.as_json(answers)
    for one in [] if json else answers:
        shown.say(f"{one['service']}: {one.get(what) or one['problem']}")
    if any("problem" in one for one in answers):
        raise typer.Exit(1)


async def replayed(asking: httpx.AsyncClient, urls: Mapping[str, str], id: str) -> list[dict[str, Any]]:
    """Every service where it waits is asked to try it again; what each answered."""
    return await _told(asking, urls, await _having(asking, urls, id), "replay")


async def refused(
    asking: httpx.AsyncClient, urls: Mapping[str, str], id: str, asked: dict[str, str]
) -> list[dict[str, Any]]:
    """Every service where it waits is asked to give it up; what each answered. ValueError when that would be two
    different records."""
    found = await _having(asking, urls, id)
    first = {one["service"]: one["records"][0]["id"] for one in found if one["what"] == "parked stream"}
    if len(set(first.values())) > 1:
        records = ", ".join(f"{record} in {service}" for service, record in first.items())
        raise ValueError(f"different records are the first of {id} ({records}); name one with --service")
    return await _told(asking, urls, found, "refuse", asked)


async def waiting(asking: httpx.AsyncClient, urls: Mapping[str, str]) -> list[dict[str, Any]]:
    """Everything set aside or parked by these services."""
    found = []
    for service, url in urls.items():
        async for letter in dead_letters(asking, url):
            zh, en = CAUSES.get(letter["cause"], ("", letter["cause"]))
            words = f"{zh} {en}".strip()
            found.append({"service": service, "what": "dead letter", "words": words, **letter})
        async for stream in parked(asking, url):
            words = f"{stream['waiting']} records wait" + (", replay asked" if stream["replaying"] else "")
            cause = stream["records"][0]["cause"]
            found.append({"service": service, "what": "parked stream", "cause": cause, "words": words, **stream})
    return found


async def _having(asking: httpx.AsyncClient, urls: Mapping[str, str], id: str) -> list[dict[str, Any]]:
    found = [one for one in await waiting(asking, urls) if one["id"] == id]
    if not found:
        raise LookupError(f"nothing called {id} is set aside or parked")
    return found


async def _told(
    asking: httpx.AsyncClient,
    urls: Mapping[str, str],
    found: list[dict[str, Any]],
    what: str,
    asked: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    answers = []
    for one in found:
        answer = await asking.post(f"{urls[one['service']]}/operations/{what}/{in_path(one['id'])}", json=asked)
        told = answer.json() if answer.status_code == 202 else {"id": one["id"], "problem": shown.problem(answer)}
        answers.append({"service": one["service"], **told})
    return answers


def _urls(running: Here, service: str) -> dict[str, str]:
    """The addresses of all services, or of the one that is named."""
    if not service:
        return running.urls
    if service not in running.urls:
        raise LookupError(f"there is no service {service}; there are {', '.join(running.urls)}")
    return {service: running.urls[service]}


async def _refused(folder: Path, id: str, service: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    running = here(folder)
    async with client(headers=running.shows) as asking:
        return await refused(asking, _urls(running, service), id, asked)


async def _listed(folder: Path) -> list[dict[str, Any]]:
    running = here(folder)
    async with client(headers=running.shows) as asking:
        return await waiting(asking, running.urls)


async def _shown(folder: Path, id: str) -> dict[str, Any]:
    from shared.adapters.kafka import KafkaLog  # noqa: PLC0415
    from shared.runtime.log import Place  # noqa: PLC0415

    one = next((one for one in await _listed(folder) if one["id"] == id), None)
    if one is None:
        raise LookupError(f"nothing called {id} is set aside or parked")
    if one["what"] == "parked stream":
        return {"service": one["service"], "cause": one["cause"], "waiting": one["waiting"], "records": one["records"]}
    topic, partition, offset = id.rsplit("/", 2)
    log = KafkaLog(here(folder).access("operator"), "onecard-operator", topic)
    record = await log.read(Place(topic, int(partition)), int(offset))
    found = {name: one[name] for name in ("service", "cause", "words", "digest", "replay_asked")}
    if record is None:
        return {**found, "record": "gone from the log (its retention is over)"}
    envelope = read(record)
    found |= {"log_time_ms": record.time_ms, "bytes": len(record.value or b"")}
    if not isinstance(envelope, Unreadable):
        found |= {"type": envelope.type, "event": envelope.id, "source": envelope.source}
    return found


async def _replayed(folder: Path, id: str, service: str) -> list[dict[str, Any]]:
    running = here(folder)
    async with client(headers=running.shows) as asking:
        return await replayed(asking, _urls(running, service), id)
