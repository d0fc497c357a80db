"""`onecard rebuild SERVICE...`: of each in turn: stop it, fold the log into a fresh store, exchange the two, start it.

The log is only read. The digests before and after show that the store said what the log says.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.check.recompute import service_of
from deploy.check.sources import committed as committed_by
from deploy.commands import shown
from deploy.commands.elsewhere import stopped
from deploy.commands.here import ELSEWHERE, FOLDER, Here, NothingRunsError, here
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder, Kafka, Secured
from deploy.commands.up import Store as StoreKind
from deploy.local.control import order
from deploy.local.platform import Local
from services.records.queries import whole_digest
from shared.adapters.kafka import KafkaLog
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.adapters.stores import exchange_store, open_store
from shared.decider import Service
from shared.events import SERVICES
from shared.reference import load
from shared.runtime.archive import Archive
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.digest import digest
from shared.runtime.documents import collection
from shared.runtime.fold import PassedOver, passed_over
from shared.runtime.identity import AnotherLog
from shared.runtime.log import Place
from shared.runtime.positions import POSITIONS, compared
from shared.runtime.rebuild import rebuild as fold
from shared.runtime.store import Store, StoreUnavailable


def rebuild(
    services: Annotated[list[str], typer.Argument(metavar="SERVICE...", help=f"Of {', '.join(SERVICES)}.")],
    *,
    accept_log: Annotated[
        bool,
        typer.Option("--accept-log", help="Take this log for the true one, though the store was filled from another."),
    ] = False,
    kafka: Kafka = "",
    store: StoreKind = "sqlite",
    secured: Secured = False,
    folder: Folder = FOLDER,
    json: AsJson = False,
) -> None:
    """Make services' stores anew from the log, and say what it lacks: nothing, unless the log lost something.

    Where no platform runs (it does not start on another log), broker and store are started for as long as it takes,
    unless they are named: those that `up` was given. In a deployment whoever runs its containers stops them before, and
    starts them afterwards.
    Status 1 if one of the stores was not what the log says.
    """
    if unknown := set(services) - set(SERVICES):
        raise typer.BadParameter(f"no service: {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    found = shown.run(_rebuild(folder, services, store, kafka=kafka, secured=secured, accept_log=accept_log))
    if json:
        shown.as_json(found)
    for one in [] if json else found:
        shown.table(f"{one['service']} rebuilt", ("what", "value"), list(one.items())[1:])
    raise typer.Exit(0 if all(one["same"] for one in found) else 1)


async def _rebuild(
    folder: Path, names: Sequence[str], store: str, *, kafka: str, secured: bool, accept_log: bool
) -> list[dict[str, Any]]:
    try:
        running = here(folder)
    except NothingRunsError:
        async with Local((), folder=folder, kafka=kafka, store=store, secured=secured) as local:
            alone = Here(local.kafka, local.store_url, {}, str(local.folder), secured=secured)
            return [await _stopped(alone, name, accept_log=accept_log) for name in names]
    return [await _one(folder, running, name, accept_log=accept_log) for name in names]


async def _one(folder: Path, running: Here, name: str, *, accept_log: bool) -> dict[str, Any]:
    if running.pid == ELSEWHERE:
        # Who runs its containers has stopped it, and starts it again.
        return await _stopped(running, name, accept_log=accept_log)
    await order(folder, "stop", name)
    is_its_log = True
    try:
        return await _stopped(running, name, accept_log=accept_log)
    except AnotherLog:
        is_its_log = False  # Started, it would only end again, and what it said would hide why.
        raise
    finally:
        if is_its_log:
            await order(folder, "start", name)


async def _stopped(running: Here, name: str, *, accept_log: bool) -> dict[str, Any]:
    await stopped(running, name)
    service = service_of(name)
    master = (running.secrets / "terminal-master.key").read_bytes()
    reference = replace(load(running.reference), terminal_secret=master)
    log = KafkaLog(running.access("operator"), f"onecard-{service.name}", service.reads)
    committed = {
        Place(topic, at): offset
        for topic in service.reads
        for at, offset in (await committed_by(log.access, log.group, topic)).items()
    }
    live = open_store(running.store_of(service.name), service.name)
    fresh = open_store(running.store_of(service.name), service.name, scratch=True)
    try:
        before, documents = await _before(service, live, committed)
        if before and not accept_log:
            await _same_log(service, live, log)
        folded = partial(fold, service, log, reference=reference, committed=committed, accept_log=accept_log)
        try:
            with _elsewhere() as there:
                found = await folded(store=fresh, elsewhere=there)
        except PassedOver:
            if isinstance(service, Archive):
                raise
            await fresh.close()
            fresh = open_store(running.store_of(service.name), service.name, scratch=True)
            ends = {Place(topic, at): end for topic in service.logs for at, end in (await log.ends(topic)).items()}
            with _elsewhere() as there:
                passed = await passed_over(service, log, ends)
                found = await folded(store=fresh, elsewhere=there, passed=passed)
        after, rebuilt = await _digest(service, fresh, committed)
    finally:
        await live.close()
        await fresh.close()
    if found.different > len(found.lacking):
        raise ValueError(
            f"{found.different} facts on the log are not what this {service.name} says; nothing was changed: "
            "`onecard check --recompute` names them"
        )
    await stopped(running, name)
    await exchange_store(running.store_of(service.name), service.name)
    own = KafkaLog(running.access(service.name), log.group, service.reads)
    for at in range(0, len(found.lacking), 500):
        await own.publish(found.lacking[at : at + 500])
    await own.stop()
    return {
        "service": name,
        "records": found.records,
        "documents before": documents,
        "documents after": rebuilt,
        "digest before": before,
        "digest after": after,
        "same": bool(before) and before == after,
        "note": "" if before else "the store before could not be read",
        "facts the log lacked": len(found.lacking),
    }


async def _same_log(service: Service[Any] | Archive, live: Store, log: KafkaLog) -> None:
    try:
        for topic in service.reads:
            await compared(service.name, live, log, topic)
    except AnotherLog as other:
        raise AnotherLog(
            f"{other}. If this log is the true one: `onecard rebuild {service.name} --accept-log`"
        ) from None


async def _before(service: Service[Any] | Archive, live: Store, committed: dict[Place, int]) -> tuple[str, int]:
    """What the live store holds; nothing for one that is lost or damaged, which is what a rebuild is for."""
    try:
        await live.open(_collections(service))
        return await _digest(service, live, committed)
    except StoreUnavailable as damaged:
        shown.say(f"the store of {service.name} can't be read ({damaged}); it is made anew", on=shown.err)
        return "", 0


def _collections(service: Service[Any] | Archive) -> tuple[Any, ...]:
    own = service.collections if isinstance(service, Archive) else (collection(service),)
    return (*own, DEAD_LETTERS, POSITIONS)


async def _digest(service: Service[Any] | Archive, store: Store, committed: dict[Place, int]) -> tuple[str, int]:
    if isinstance(service, Archive):
        return await whole_digest(store)
    return await digest(store, [service.home(*place) for place in committed])


@contextmanager
def _elsewhere() -> Iterator[SqliteElsewhere]:
    with (
        tempfile.TemporaryDirectory(prefix="onecard-rebuild-") as folder,
        SqliteElsewhere(Path(folder) / "elsewhere.sqlite") as there,
    ):
        yield there
