"""Bring users and rights to a broker: once or many times, with the same result.

A right the table does not have is somebody's mistake or worse: it is named, and nothing is changed, until a person has
it taken away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from deploy.access.passwords import password_file
from deploy.access.table import Principal, Right, rights
from deploy.access.wire import Acl, Asked, Kind, Operation, Pattern, Permission, asked
from shared.adapters.kafka_access import KafkaAccess, secret

SECONDS = 30


class AccessRefusedError(RuntimeError):
    """A broker has users or rights that are not declared; the message names them."""


async def declare_access(
    declarer: KafkaAccess, of: Iterable[Principal], passwords: Path | None, *, take_away: bool = False
) -> None:
    """Give every principal its rights and the password in its file, which replaces the one before; for no folder of
    passwords, the rights alone. Return when the broker has them.

    Raises AccessRefusedError, before it changes anything, for any other user or right on the broker; with `take_away`
    these are removed instead. BrokerRefusedError where the declarer may not do this.
    """
    of = list(of)
    wanted = {_acl(right) for right in rights(of)}
    secrets = {one.name: secret(password_file(passwords, one.name)) for one in of} if passwords else {}
    async with asked(declarer) as broker, asyncio.timeout(SECONDS):
        there, users = await broker.acls(), await broker.users()
        foreign, strangers = there - wanted, users - {one.name for one in of}
        if (foreign or strangers) and not take_away:
            raise AccessRefusedError(_differing(foreign, strangers))
        await broker.take(foreign)
        for user in strangers:
            await broker.forget(user)
        await broker.give(wanted - there)
        for user, password in secrets.items():
            await broker.set_password(user, password)
        await _until_there(broker, wanted, set(secrets))


async def _until_there(broker: Asked, wanted: set[Acl], users: set[str]) -> None:
    """A broker takes up what the controller wrote a moment later."""
    while await broker.acls() != wanted or not users <= await broker.users():
        await asyncio.sleep(0.02)


def _differing(foreign: Iterable[Acl], strangers: Iterable[str]) -> str:
    named = [*sorted(map(_words, foreign)), *(f"a user {name}" for name in sorted(strangers))]
    return (
        f"the broker has what deploy/principals.yaml has not: {'; '.join(named)}. "
        "Declare it there, or have it taken away: onecard declare --take-away"
    )


def _acl(right: Right) -> Acl:
    pattern = Pattern.PREFIXED if right.prefix else Pattern.LITERAL
    kind, operation = Kind[right.kind], Operation[right.operation]
    return Acl(kind, right.name, pattern, f"User:{right.user}", "*", operation, Permission.ALLOW)


def _words(one: Acl) -> str:
    kinds, operations = ({item.value: item.name for item in named} for named in (Kind, Operation))
    kind = kinds.get(one.kind, f"thing of kind {one.kind}").lower()
    operation = operations.get(one.operation, f"operation {one.operation}")
    allowed = "may" if one.permission == Permission.ALLOW else "may not"
    ending = "*" if one.pattern == Pattern.PREFIXED else ""
    where = "" if one.host == "*" else f" from {one.host}"
    return f"{one.principal.removeprefix('User:')} {allowed} {operation} {kind} {one.name}{ending}{where}"
