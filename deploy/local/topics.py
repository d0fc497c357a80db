"""Declare the topics of `deploy/topics.yaml` on a broker: once or many times, with the same result."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from shared.adapters.kafka_access import KafkaAccess
from shared.adapters.kafka_words import explained

DECLARED = Path(__file__).parent.parent / "topics.yaml"


class TopicRefusedError(RuntimeError):
    """The broker refused a topic, or has it otherwise than declared; the message names the topic and the reason."""


@dataclass(frozen=True)
class Topic:
    """`configs` are Kafka's own topic settings."""

    name: str
    partitions: int
    configs: dict[str, str] = field(default_factory=dict)


async def declare(kafka: str | KafkaAccess, topics: Sequence[Topic] | None = None, *, replicas: int = 1) -> None:
    """Create what is missing on the brokers at `kafka` and return when every partition has a leader.

    `kafka` is host:port, or more of them with commas. Raises TopicRefusedError before it creates anything if a
    topic exists with another partition count or other configs.
    """
    topics = declared() if topics is None else topics
    access = KafkaAccess.of(kafka)
    admin = AIOKafkaAdminClient(**access.client())
    try:
        await admin.start()
        there = await existing(admin, topics)
        for topic in topics:
            refuse_other_count(topic, there)
        await refuse_other_configs(admin, [topic for topic in topics if topic.name in there])
        await create(admin, [topic for topic in topics if topic.name not in there], replicas)
        async with asyncio.timeout(30):
            while not await led(admin, topics):
                await asyncio.sleep(0.02)
    except KafkaError as error:
        raise await explained(error, access, "the topics were not declared") from error
    finally:
        await admin.close()


def declared(file: Path = DECLARED) -> list[Topic]:
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [
        Topic(name, entry["partitions"], {key: str(value) for key, value in entry["configs"].items()})
        for name, entry in written.items()
    ]


async def existing(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, list[int]]:
    """The leader of each partition (-1 for none) of those of the topics that exist."""
    described = await admin.describe_topics([topic.name for topic in topics])
    return {
        each["topic"]: [partition["leader"] for partition in each["partitions"]]
        for each in described
        if each["error_code"] == 0
    }


async def led(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> bool:
    there = await existing(admin, topics)
    return all(topic.name in there and min(there[topic.name]) >= 0 for topic in topics)


def refuse_other_count(topic: Topic, there: dict[str, list[int]]) -> None:
    found = len(there[topic.name]) if topic.name in there else topic.partitions
    if found != topic.partitions:
        raise TopicRefusedError(
            f"{topic.name} has {found} partitions and {topic.partitions} are declared: "
            "the count of a kept topic never changes, or a card's records would lose their order. "
            f"Declare it as it is: `onecard declare --partitions {found}`, or ONECARD_PARTITIONS={found}"
        )


async def refuse_other_configs(admin: AIOKafkaAdminClient, kept: Sequence[Topic]) -> None:
    """Each declared config must be what the broker has: one of its defaults may forget records, or believe clocks."""
    for topic in kept:
        asked = ConfigResource(ConfigResourceType.TOPIC, topic.name, topic.configs)
        for answer in await admin.describe_configs([asked]):
            for code, reason, _, name, entries in answer.resources:
                if code:
                    raise TopicRefusedError(f"{name} was not described by the broker (error {code}): {reason}")
                found = {entry[0]: entry[1] for entry in entries}
                other = [
                    f"{key} is {found.get(key)} and {value} is declared"
                    for key, value in topic.configs.items()
                    if found.get(key) != value
                ]
                if other:
                    raise TopicRefusedError(f"{name} is not as declared: {'; '.join(other)}. Alter it on the broker")


async def create(admin: AIOKafkaAdminClient, missing: Sequence[Topic], replicas: int) -> None:
    if not missing:
        return
    answer = await admin.create_topics(
        [NewTopic(topic.name, topic.partitions, replicas, topic_configs=topic.configs) for topic in missing]
    )
    # A refusal is in the answer, it is not raised. That another process was quicker is no refusal.
    for name, code, *reason in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise TopicRefusedError(f"{name} was refused by the broker (error {code}): {' '.join(map(str, reason))}")
