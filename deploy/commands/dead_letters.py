"""`onecard dead-letters`: records set aside for people, and streams parked by a bug; look at them, try them again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.commands import shown
from deploy.commands.here import FOLDER, here
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder
from deploy.http import client, dead_letters, in_path, parked
from shared.envelope import Unreadable, read
from shared.events.causes import CAUSES

commands = typer.Typer(no_args_is_help=True, help=__doc__)

Id = Annotated[str, typer.Argument(help="topic/partition/offset of a dead letter, or key/stream of a parked stream.")]


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
def replay(id: Id, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Try one again: its owner reads it from the log and drains what waits behind it, in order."""
    found = shown.run(_replayed(folder, id))
    shown.as_json(found) if json else shown.out.print(f"{found['service']}: {found['replay']}")


@commands.command()
def refuse(
    id: Id,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why, in up to 200 characters; no personal data.")],
    *,
    operator: Annotated[str, typer.Option(help="Your staff code, never a name.")] = "operator",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Give one up for good: a dead letter, or the first record of a parked stream. What waits behind it goes on."""
    if not yes and not typer.confirm(f"Give up {id}? The log will say so for ever, and nothing will bring it back."):
        raise typer.Exit(1)
    found = shown.run(_refused(folder, id, {"reason": reason, "operator": operator}))
    shown.as_json(found) if json else shown.out.print(f"{found['service']}: {found['refused']}")


async def _refused(folder: Path, id: str, asked: dict[str, str]) -> dict[str, Any]:
    running = here(folder)
    async with client(headers=running.shows) as asking:
        for service, url in running.urls.items():
            answer = await asking.post(f"{url}/operations/refuse/{in_path(id)}", json=asked)
            if answer.status_code == 202:
                return {"service": service, **answer.json()}
            if answer.status_code != 404:
                raise ValueError(shown.problem(answer))
    raise LookupError(f"nothing called {id} is set aside or parked where it can be given up")


async def _listed(folder: Path) -> list[dict[str, Any]]:
    found = []
    running = here(folder)
    async with client(headers=running.shows) as asking:
        for service, url in running.urls.items():
            async for letter in dead_letters(asking, url):
                zh, en = CAUSES.get(letter["cause"], ("", letter["cause"]))
                words = f"{zh} {en}".strip()
                found.append({"service": service, "what": "dead letter", "words": words, **letter})
            async for stream in parked(asking, url):
                words = f"{stream['waiting']} records wait" + (", replay asked" if stream["replaying"] else "")
                cause = stream["records"][0]["cause"]
                found.append({"service": service, "what": "parked stream", "cause": cause, "words": words, **stream})
    return found


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


async def _replayed(folder: Path, id: str) -> dict[str, Any]:
    running = here(folder)
    async with client(headers=running.shows) as asking:
        for service, url in running.urls.items():
            answer = await asking.post(f"{url}/operations/replay/{in_path(id)}")
            if answer.status_code == 202:
                return {"service": service, **answer.json()}
    raise LookupError(f"nothing called {id} is set aside or parked")
