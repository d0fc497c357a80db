"""`onecard rebuild SERVICE`: stop it, fold the log into a fresh store, exchange the two, start it again.

The log is only read. The digests before and after show that the store said what the log says.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.check.recompute import service_of
from deploy.check.sources import committed as committed_by
from deploy.commands import shown
from deploy.commands.here import FOLDER, Here, here
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder
from deploy.local.control import order
from services.records.queries import whole_digest
from shared.adapters.kafka import KafkaLog
from shared.adapters.stores import exchange_store, open_store
from shared.decider import Service
from shared.events import SERVICES
from shared.reference import Reference, load
from shared.runtime.archive import Archive
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.digest import digest
from shared.runtime.documents import collection
from shared.runtime.rebuild import rebuild as fold
from shared.runtime.store import Store, StoreUnavailable


def rebuild(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")],
    *,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Make a service's store anew from the log, and say what the log lacks: nothing, unless the log lost something.

    Status 1 if the store was not what the log says.
    """
    if service not in SERVICES:
        raise typer.BadParameter(f"{service} is no service; one of {', '.join(SERVICES)}")
    found = shown.run(_rebuild(here(folder), service))
    if json:
        shown.as_json(found)
    else:
        shown.table(f"{service} rebuilt", ("what", "value"), found.items())
    raise typer.Exit(0 if found["same"] else 1)


async def _rebuild(running: Here, name: str) -> dict[str, Any]:
    folder = Path(running.folder)
    service = service_of(name)
    master = (running.secrets / "terminal-master.key").read_bytes()
    reference = replace(load(running.reference), terminal_secret=master)
    await order(folder, "stop", name)
    try:
        return await _stopped(running, service, reference)
    finally:
        await order(folder, "start", name)


async def _stopped(running: Here, service: Service[Any] | Archive, reference: Reference) -> dict[str, Any]:
    log = KafkaLog(running.access(service.name), f"onecard-{service.name}", service.source)
    committed = await committed_by(log.access, log.group, service.source)
    live = open_store(running.store_of(service.name), service.name)
    fresh = open_store(running.store_of(service.name), service.name, scratch=True)
    try:
        before, documents = await _before(service, live, committed)
        folded = await fold(service, log, fresh, reference, committed=committed)
        after, rebuilt = await _digest(service, fresh, committed)
    finally:
        await live.close()
        await fresh.close()
    if folded.different > len(folded.lacking):
        raise ValueError(
            f"{folded.different} facts on the log are not what this {service.name} says; nothing was changed: "
            "`onecard check --recompute` names them"
        )
    await exchange_store(running.store_of(service.name), service.name)
    for at in range(0, len(folded.lacking), 500):
        await log.publish(folded.lacking[at : at + 500])
    await log.stop()
    return {
        "records": folded.records,
        "documents before": documents,
        "documents after": rebuilt,
        "digest before": before,
        "digest after": after,
        "same": bool(before) and before == after,
        "note": "" if before else "the store before could not be read",
        "facts the log lacked": len(folded.lacking),
    }


async def _before(service: Service[Any] | Archive, live: Store, committed: dict[int, int]) -> tuple[str, int]:
    """What the live store holds; nothing for one that is lost or damaged, which is what a rebuild is for."""
    try:
        await live.open(_collections(service))
        return await _digest(service, live, committed)
    except StoreUnavailable as damaged:
        shown.say(f"the store of {service.name} can't be read ({damaged}); it is made anew", on=shown.err)
        return "", 0


def _collections(service: Service[Any] | Archive) -> tuple[Any, ...]:
    own = service.collections if isinstance(service, Archive) else (collection(service),)
    return (*own, DEAD_LETTERS)


async def _digest(service: Service[Any] | Archive, store: Store, committed: dict[int, int]) -> tuple[str, int]:
    return await whole_digest(store) if isinstance(service, Archive) else await digest(store, committed)
