"""Three real brokers: what they acknowledged outlives any one of them, and the others go on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from deploy.local.cluster import Cluster
from deploy.local.topics import declare
from shared.adapters.kafka import PRODUCER, KafkaLog
from shared.runtime.log import Place
from tests.support.topics import own_topics

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop()


async def test_the_others_go_on_and_have_everything_when_one_is_killed(cluster: Cluster) -> None:
    topic = (await own_topics(cluster.kafka, partitions=1, replicas=3)).events
    log, said = KafkaLog(cluster.kafka, "test", topic), [b"%d" % number for number in range(100)]
    async with AIOKafkaProducer(bootstrap_servers=cluster.kafka.split(","), **PRODUCER) as producer:
        for number, body in enumerate(said):
            if number == 50:
                cluster.brokers[0].kill()
            await producer.send_and_wait(topic, body)
    await cluster.brokers[0].start()
    found = [record.value async for batch in log.scan(Place(topic, 0), 0, len(said)) for record in batch]
    assert found == said


async def test_topics_are_declared_on_all_three_twice_with_the_same_result(cluster: Cluster) -> None:
    await declare(cluster.kafka, replicas=3)
    await declare(cluster.kafka, replicas=3)
    assert len(await KafkaLog(cluster.kafka, "test", "onecard.events").ends("onecard.events")) == 12
