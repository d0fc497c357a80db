"""The five calls by which a broker is told of users and rights, on a connection of aiokafka's.

Its admin client has none of them. It has the three about rights as requests; the two about passwords are in scram.py.
confluent-kafka's client was tried: it takes a refused question for "no rights at all",
and refused rights end or hang the process.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from enum import IntEnum
from typing import Any, NamedTuple

from aiokafka import errors
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from deploy.access.scram import AlterPasswords, DescribePasswords
from shared.adapters.kafka_access import KafkaAccess
from shared.adapters.kafka_words import FAILED, explained

ANY = 1
SHA512 = 2
ITERATIONS = 4096
"""The least Kafka takes; what is drawn at random needs no more."""


class Kind(IntEnum):
    TOPIC = 2
    GROUP = 3
    CLUSTER = 4


class Pattern(IntEnum):
    LITERAL = 3
    PREFIXED = 4


class Operation(IntEnum):
    ALL = 2
    READ = 3
    WRITE = 4
    CREATE = 5
    DELETE = 6
    ALTER = 7
    DESCRIBE = 8


class Permission(IntEnum):
    DENY = 2
    ALLOW = 3


class Acl(NamedTuple):
    """One entry, in the order of the wire. Numbers, since a broker may have kinds that nobody here knows."""

    kind: int
    name: str
    pattern: int
    principal: str
    host: str
    operation: int
    permission: int


class BrokerRefusedError(RuntimeError):
    """The broker refused a call; its words, and which call."""


class Asked:
    """A connection to one broker; what must be done by the controller it passes on."""

    def __init__(self, connection: AIOKafkaConnection) -> None:
        self._connection = connection

    async def acls(self) -> set[Acl]:
        """All there are."""
        answer = await self._connection.send(DescribeAclsRequest(ANY, None, ANY, None, None, ANY, ANY))
        _refused("to show its rights", answer.error_code, answer.error_message)
        return {
            Acl(kind, name, pattern, *entry) for kind, name, pattern, entries in answer.resources for entry in entries
        }

    async def give(self, acls: Iterable[Acl]) -> None:
        for acl in acls:
            answer = await self._connection.send(CreateAclsRequest(*acl))
            for code, words in answer.creation_responses:
                _refused("to give a right", code, words)

    async def take(self, acls: Iterable[Acl]) -> None:
        for acl in acls:
            answer = await self._connection.send(DeleteAclsRequest(*acl))
            for code, words, _ in answer.filter_responses:
                _refused("to take a right away", code, words)

    async def users(self) -> set[str]:
        """Whoever has a password."""
        answer = await self._connection.send(DescribePasswords())
        _refused("to show its users", answer.error_code, answer.error_message)
        return {user for user, *_ in answer.results}

    async def set_password(self, user: str, password: str) -> None:
        """In place of the one before. Only its salted digest goes to the broker."""
        salt = secrets.token_bytes(32)
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
        await self._alter([], [(user, SHA512, ITERATIONS, salt, salted, {})])

    async def forget(self, user: str) -> None:
        await self._alter([(user, SHA512, {})], [])

    async def _alter(self, gone: list[Any], set_: list[Any]) -> None:
        answer = await self._connection.send(AlterPasswords(gone, set_))
        for user, code, words, _ in answer.results:
            _refused(f"another password for {user}", code, words)


@asynccontextmanager
async def asked(access: KafkaAccess) -> AsyncIterator[Asked]:
    """A connection to the first broker that answers. LogUnavailable or LogRefused say why none does."""
    told = access.client()
    connection = None
    try:
        for server in told.pop("bootstrap_servers"):
            host, _, port = server.rpartition(":")
            connection = await create_conn(host, int(port), request_timeout_ms=30_000, **told)
            break
        yield Asked(connection)
    except FAILED as error:
        raise await explained(error, access, "users and rights were not declared") from error
    finally:
        if connection is not None:
            connection.close()


def _refused(what: str, code: int, words: str | None) -> None:
    if code == errors.ClusterAuthorizationFailedError.errno:
        raise BrokerRefusedError(f"the broker refused {what}: only the declarer may ask, with its certificate")
    if code:
        raise BrokerRefusedError(f"the broker refused {what}: {words or errors.for_code(code).__name__}")
