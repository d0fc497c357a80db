"""aiokafka's connections under uvloop: one that was reset is a broken connection, and nothing worse.

uvloop raises RuntimeError for a write to a transport that is closed already; aiokafka takes only OSError for a broken
connection (aio-libs/aiokafka#1038). The RuntimeError would end the fetcher for good: the consumer would stay in its
group, poll, and never see a record again.
"""

from __future__ import annotations

from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_send = AIOKafkaConnection.send


def send(connection: Any, request: Any, expect_response: bool = True) -> Any:
    """aiokafka's own, but for that one error."""
    try:
        return _send(connection, request, expect_response)
    except RuntimeError as closed:
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"Connection at {connection.host}:{connection.port} was closed") from closed


def survive_resets() -> None:
    """For every client of this process, once or many times."""
    AIOKafkaConnection.send = send
