"""What a check reads: the log, how far each service has come, the archive, and what was set aside or parked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, NamedTuple, Protocol

import httpx
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pydantic_core import from_json

from deploy.http import client, dead_letters, parked
from shared.adapters.kafka import KafkaLog
from shared.adapters.kafka_access import KafkaAccess
from shared.adapters.kafka_words import FAILED, explained
from shared.events.base import TOPICS
from shared.runtime.log import Log

EVENTS, QUEUES = TOPICS["card"], TOPICS["queue"]
REQUESTS = "onecard.requests"
KEPT = (EVENTS, QUEUES)
"""The topics that are kept for ever, each judged partition by partition."""
LINES = 50_000
STANDINGS = ("open", "home", "given_up")
"""All that a dead letter may be."""


class Entry(NamedTuple):
    """One entry of the archive as it shows itself: SHA-256 in hex over what was said, and the kind it is kept under."""

    offset: int
    card: str
    id: str
    digest: str
    kind: str


class Sources(Protocol):
    """All of it is only read."""

    @property
    def log(self) -> Log: ...

    async def committed(self, service: str, topic: str) -> dict[int, int]:
        """The next offset of each partition a service has handled everything before."""

    def entries(self, partition: int) -> AsyncGenerator[Entry]:
        """The archive's entries of one partition, by offset."""

    def set_aside(self, service: str) -> AsyncIterator[tuple[str, str]]:
        """A service's dead letters: topic/partition/offset and the standing."""

    def parked(self, service: str) -> AsyncIterator[str]:
        """The cards of a service's parked streams."""


class Running:
    """A running platform: its broker, and the address of every service by name."""

    def __init__(self, kafka: str | KafkaAccess, urls: Mapping[str, str], *, token: str = "") -> None:
        self.kafka, self.urls = kafka, urls
        self.log: Log = KafkaLog(kafka, "onecard-check", EVENTS)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def committed(self, service: str, topic: str) -> dict[int, int]:
        return await committed(self.kafka, f"onecard-{service}", topic)

    async def entries(self, partition: int) -> AsyncGenerator[Entry]:
        after, more = -1, True
        async with self._client() as asking:
            while more:
                page = {"partition": partition, "limit": LINES} | ({"after": after} if after >= 0 else {})
                count = 0
                async with asking.stream("GET", f"{self.urls['records']}/entries", params=page) as answer:
                    answer.raise_for_status()
                    async for line in answer.aiter_lines():
                        found = _entry(line)
                        yield found
                        after, count = found.offset, count + 1
                more = count == LINES

    async def set_aside(self, service: str) -> AsyncIterator[tuple[str, str]]:
        if service not in self.urls:
            return
        async with self._client() as asking:
            for standing in STANDINGS:
                async for letter in dead_letters(asking, self.urls[service], standing):
                    yield letter["id"], standing

    async def parked(self, service: str) -> AsyncIterator[str]:
        if service not in self.urls:
            return
        async with self._client() as asking:
            async for stream in parked(asking, self.urls[service]):
                yield stream["id"].partition("/")[0]

    def _client(self) -> httpx.AsyncClient:
        return client(timeout=60, headers=self._headers)


async def committed(kafka: str | KafkaAccess, group: str, topic: str) -> dict[int, int]:
    """The offsets a group has committed; nothing for a partition it never has."""
    access = KafkaAccess.of(kafka)
    admin = AIOKafkaAdminClient(**access.client())
    try:
        await admin.start()
        found: Mapping[TopicPartition, Any] = await admin.list_consumer_group_offsets(group)
    except FAILED as error:
        raise await explained(error, access, f"the offsets of {group} can't be read") from error
    finally:
        await admin.close()
    return {tp.partition: place.offset for tp, place in found.items() if tp.topic == topic and place.offset >= 0}


def _entry(line: str) -> Entry:
    found = from_json(line)
    return Entry(*(found[name] for name in Entry._fields))
