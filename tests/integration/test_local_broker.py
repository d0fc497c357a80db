"""A real broker and the declared topics: what is kept, what fits and what is refused."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from deploy.local.broker import Broker
from deploy.local.topics import Topic, TopicRefusedError, declare, declared
from tests.support.topics import OwnTopics

pytestmark = pytest.mark.integration
KIB = 1024


async def test_the_broker_keeps_what_it_acknowledged_when_it_is_killed(broker: Broker, topics: OwnTopics) -> None:
    bodies = [b"%d" % number for number in range(500)]
    async with producer(broker) as to_kafka:
        for sent in [await to_kafka.send(topics.events, body, partition=0) for body in bodies]:
            await sent
    broker.kill()
    await broker.start()
    assert await everything(broker, topics.events) == bodies


async def test_topics_declared_twice_are_the_same(broker: Broker) -> None:
    await declare(broker.kafka)
    await declare(broker.kafka)
    assert {topic.name: len(await partitions(broker, topic.name)) for topic in declared()} == {
        "onecard.requests": 12,
        "onecard.events": 12,
        "onecard.queues": 12,
    }


async def test_a_topic_with_another_partition_count_is_refused(broker: Broker, topics: OwnTopics) -> None:
    with pytest.raises(TopicRefusedError, match="has 3 partitions and 4 are declared"):
        await declare(broker.kafka, [Topic(topics.events, 4)])


@pytest.mark.parametrize(
    ("config", "other"),
    [("message.timestamp.type", "CreateTime"), ("max.message.bytes", "1048588"), ("retention.ms", "604800000")],
)
async def test_a_topic_with_another_config_is_refused(
    broker: Broker, topics: OwnTopics, config: str, other: str
) -> None:
    declared_so = next(topic.configs for topic in declared() if topic.name == "onecard.events")
    with pytest.raises(TopicRefusedError, match=rf"{config} is {declared_so[config]} and {other} is declared"):
        await declare(broker.kafka, [Topic(topics.events, 3, {**declared_so, config: other})])


async def test_a_topic_the_broker_refuses_is_an_error(broker: Broker) -> None:
    with pytest.raises(TopicRefusedError, match=r"retention\.ms"):
        await declare(broker.kafka, [Topic("onecard.refused", 1, {"retention.ms": "soon"})])


async def test_a_request_a_little_over_its_limit_reaches_the_log(broker: Broker, topics: OwnTopics) -> None:
    async with producer(broker) as to_kafka:
        sent = await to_kafka.send_and_wait(topics.requests, random.randbytes(257 * KIB), headers=headers())
    assert sent.offset == 0


async def test_the_largest_fact_fits_its_topic(broker: Broker, topics: OwnTopics) -> None:
    async with producer(broker) as to_kafka:
        sent = await to_kafka.send_and_wait(topics.events, random.randbytes(512 * KIB), headers=headers())
    assert sent.offset == 0


async def test_a_request_far_over_its_limit_is_refused_by_the_broker(broker: Broker, topics: OwnTopics) -> None:
    async with producer(broker) as to_kafka:
        with pytest.raises(MessageSizeTooLargeError):
            await to_kafka.send_and_wait(topics.requests, random.randbytes(400 * KIB))


@asynccontextmanager
async def producer(broker: Broker) -> AsyncIterator[AIOKafkaProducer]:
    # The client's own limit is out of the way, so that the broker's is what a test meets.
    opened = AIOKafkaProducer(bootstrap_servers=[broker.kafka], acks="all", max_request_size=1024 * KIB)
    async with opened as started:
        yield started


async def everything(broker: Broker, topic: str) -> list[bytes]:
    """The bodies in a topic's first partition, up to its end."""
    async with AIOKafkaConsumer(bootstrap_servers=[broker.kafka], auto_offset_reset="earliest") as consumer:
        first = TopicPartition(topic, 0)
        consumer.assign([first])
        end = (await consumer.end_offsets([first]))[first]
        return [(await consumer.getone()).value for _ in range(end)]


async def partitions(broker: Broker, topic: str) -> set[int]:
    async with AIOKafkaConsumer(topic, bootstrap_servers=[broker.kafka]) as consumer:
        return consumer.partitions_for_topic(topic) or set()


def headers() -> list[tuple[str, bytes]]:
    """As many bytes of headers as an envelope has at most."""
    return [(f"ce_{number}", b"x" * 100) for number in range(20)]
