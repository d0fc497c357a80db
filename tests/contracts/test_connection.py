"""A connection to a broker that was reset is a broken connection, under the event loop that services run on."""

from __future__ import annotations

import asyncio

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
