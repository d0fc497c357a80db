"""A connection to a broker that was reset is a broken connection, under the event loop that services run on."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
import uvloop
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from deploy.local.broker import Broker
from shared.adapters.connection import mend_connections

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


async def test_writing_to_a_connection_that_was_reset_is_an_error_of_the_connection(broker: Broker) -> None:
    with pytest.raises(KafkaConnectionError, match="was closed"):
        await asyncio.to_thread(uvloop.run, written_after_a_reset(broker.kafka))


async def test_who_leads_is_asked_ten_times_a_second_at_most(broker: Broker) -> None:
    assert await asyncio.to_thread(uvloop.run, asked_in_a_second(broker.kafka)) in range(2, 12)


async def asked_in_a_second(address: str) -> int:
    """By somebody who asks again as soon as it is told, as aiokafka's own fetcher does while nobody leads."""
    mend_connections()
    client = AIOKafkaClient(bootstrap_servers=address)
    await client.bootstrap()
    count = 0
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                while await client.force_metadata_update():
                    count += 1
    finally:
        await client.close()
    return count


async def written_after_a_reset(address: str) -> None:
    mend_connections()
    client = AIOKafkaClient(bootstrap_servers=address)
    await client.bootstrap()
    try:
        [node] = client.cluster.brokers()
        connection = await client._get_conn(node.nodeId)
        connection._writer.transport.abort()
        await asyncio.sleep(0)  # It is closed now, and nobody was told yet.
        await connection.send(MetadataRequest([]))
    finally:
        await client.close()
