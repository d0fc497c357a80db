"""aiokafka's connections, mended in three places.

One that was reset is a broken connection, and nothing worse: uvloop raises RuntimeError for a write to a transport that
is closed already; aiokafka takes only OSError for a broken connection (aio-libs/aiokafka#1038). The RuntimeError would
end the fetcher for good: the consumer would stay in its group, poll, and never see a record again.

One under TLS closes at once. Closing in order waits for the broker's word that it closes too, and a broker that works
on a request of this connection (it waits for records, or for a group) reads nothing meanwhile: half a second for every
look at the log was measured, and up to thirty are allowed. Nothing is lost by it: whatever has not been answered by
then counts as unknown, under TLS or not.

Who leads a partition is asked at most ten times a second, as Kafka's own clients do. aiokafka's fetcher and sender ask
again at once, for as long as no leader is known: near three hundred times a second were counted in each service of a
broker that was stopped in order, which took the processor away from the broker that was to start again.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from time import monotonic
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_send, _close = AIOKafkaConnection.send, AIOKafkaConnection.close
_updated = AIOKafkaClient._metadata_update  # noqa: SLF001 - every question for the leaders goes through it
PACE = 0.1
"""Seconds from one question for the leaders to the next."""


def send(connection: Any, request: Any, expect_response: bool = True) -> Any:
    """aiokafka's own, but for that one error."""
    try:
        return _send(connection, request, expect_response)
    except RuntimeError as closed:
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"Connection at {connection.host}:{connection.port} was closed") from closed


def close(connection: Any, reason: Any = None, exc: BaseException | None = None) -> Any:
    """aiokafka's own, without waiting for the broker's part of TLS."""
    writer = connection._writer  # noqa: SLF001 - the transport is nowhere else
    closed = _close(connection, reason=reason, exc=exc)
    if writer is not None and connection._security_protocol in ("SSL", "SASL_SSL"):  # noqa: SLF001
        writer.transport.abort()
    return closed


async def updated(client: Any, metadata: Any, topics: Any) -> Any:
    """aiokafka's own, after a moment where the last one has only just begun."""
    await asyncio.sleep(getattr(client, "asked", -PACE) + PACE - monotonic())
    client.asked = monotonic()
    return await _updated(client, metadata, topics)


def certified_until(client: AIOKafkaClient) -> float:
    """When the first certificate of a connected broker runs out, in seconds since the epoch; inf without TLS."""
    writers = [one._writer for one in client._conns.values() if one._writer is not None]  # noqa: SLF001 - no public way
    shown = [writer.get_extra_info("peercert") or {} for writer in writers]
    ends = [ssl.cert_time_to_seconds(one["notAfter"]) for one in shown if "notAfter" in one]
    return float(min(ends, default=math.inf))


def mend_connections() -> None:
    """For every client of this process, once or many times."""
    AIOKafkaConnection.send, AIOKafkaConnection.close = send, close
    AIOKafkaClient._metadata_update = updated  # noqa: SLF001
