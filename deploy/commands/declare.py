"""`onecard declare`: topics, users and rights as the tables say, on a broker and a store that run somewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer

from deploy.access.declare import declare_access
from deploy.access.passwords import drawn
from deploy.access.stores import declare_stores
from deploy.access.table import principals
from deploy.commands import shown
from deploy.commands.shown import AsJson, out
from deploy.local.topics import Topic, declared
from deploy.local.topics import declare as declare_topics
from shared.adapters.kafka_access import KafkaAccess
from shared.events import SERVICES
from shared.runtime.log import LogUnavailable
from shared.runtime.store import StoreUnavailable

Secrets = Annotated[
    Path | None,
    typer.Option(help="Folder of the users' files, <user>.password and <service>.store; drawn where there are none."),
]

Partitions = Annotated[
    int | None,
    typer.Option(
        min=1, envvar="ONECARD_PARTITIONS", help="Of each topic, for ever; as in deploy/topics.yaml unless told."
    ),
]


def declare(
    *,
    kafka: Annotated[str, typer.Option(help="host:port,… of the brokers' port for the declarer.")] = "",
    ca: Annotated[Path | None, typer.Option(help="File: who signs for the brokers.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="File: the declarer's certificate and its key.")] = None,
    store_file: Annotated[Path | None, typer.Option(help="File: the store's address, of who may make users.")] = None,
    secrets: Secrets = None,
    replicas: Annotated[int, typer.Option(min=1, help="Copies of each topic.")] = 1,
    partitions: Partitions = None,
    take_away: Annotated[bool, typer.Option("--take-away", help="Remove what the tables do not have.")] = False,
    within: Annotated[float, typer.Option(min=0, help="Seconds to wait for brokers and store that are not up.")] = 0,
    json: AsJson = False,
) -> None:
    """Declare topics on brokers and, with --secrets, users and rights there and in a store. Repeating it is harmless.

    Status 2, and nothing is changed, where the broker has a topic, a user or a right that is not as declared.
    """
    if not kafka and not store_file:
        raise typer.BadParameter("name the brokers, the store or both", param_hint="--kafka, --store-file")

    topics = [replace(one, partitions=partitions or one.partitions) for one in declared()]

    async def work() -> dict[str, Any]:
        found: dict[str, Any] = {}
        if kafka:
            declarer = KafkaAccess(kafka, ca=ca, certificate=certificate)
            found |= await _on_brokers(declarer, topics, secrets, replicas=replicas, take_away=take_away)
        if store_file and secrets:
            await declare_stores(_address(store_file), secrets, SERVICES)
            found["users of the store"] = list(SERVICES)
        return found

    found = shown.run(_once_up(work, within))
    if json:
        shown.as_json(found)
    else:
        out.print("; ".join(f"{what}: {', '.join(names)}" for what, names in found.items()), soft_wrap=True)


async def _once_up(work: Callable[[], Awaitable[dict[str, Any]]], within: float) -> dict[str, Any]:
    """What is repeated is harmless, so it is tried until somebody answers; what is refused is refused at once."""
    end = monotonic() + within
    while True:
        try:
            return await work()
        except (LogUnavailable, StoreUnavailable, TimeoutError):
            if monotonic() >= end:
                raise
            await asyncio.sleep(0.5)


async def _on_brokers(
    declarer: KafkaAccess, topics: Sequence[Topic], secrets: Path | None, *, replicas: int, take_away: bool
) -> dict[str, Any]:
    await declare_topics(declarer, topics, replicas=replicas)
    found = {"topics": [topic.name for topic in topics], "partitions": sorted({str(one.partitions) for one in topics})}
    if secrets:
        users = principals()
        drawn(secrets, users)
        await declare_access(declarer, users, secrets, take_away=take_away)
        found["users of the brokers"] = [one.name for one in users]
    return found


def _address(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip()
