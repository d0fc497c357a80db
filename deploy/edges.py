"""What any edge (kiosk, phone, desk, hospital system) does: make a request, sign it, publish it, and nothing else.

Edges write only `onecard.requests` and read no topic; what they may know, guide tells them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from shared.adapters.kafka import PRODUCER
from shared.adapters.kafka_access import KafkaAccess
from shared.adapters.kafka_words import FAILED, NO_RIGHT, explained
from shared.edge import TOPIC, signed_request
from shared.envelope import Envelope, headers
from shared.events import Request
from shared.events.base import SHANGHAI
from shared.runtime.spans import DERIVED
from shared.trace import sampled, span_id, trace_id, traceparent
from shared.uuid7 import uuid7

EDGE = "edge"


def signed(event: Request, key: bytes, *, id: str, at: datetime, key_id: str = "k1", ratio: float = 0.0) -> Envelope:
    """A request as it goes on the wire, signed under its terminal's key. `at` is when it happened, with its offset."""
    return signed_request(
        key,
        id=id,
        type=event.TYPE,
        time=at.isoformat(timespec="milliseconds"),
        key=event.key,
        body=event.model_dump_json(exclude_none=True).encode(),
        where=event.where,
        subject=event.subject,
        key_id=key_id,
        trace=traceparent(event.subject or id, EDGE, id, ratio),
    )


class Edges:
    """A producer shared by the edges of one process. `keys` gives a terminal's own key."""

    def __init__(self, kafka: str | KafkaAccess, keys: Callable[[str], bytes], *, ratio: float = 0.0) -> None:
        self._access = KafkaAccess.of(kafka)
        self._producer = AIOKafkaProducer(**self._access.client(), **PRODUCER)
        self.keys, self.ratio = keys, ratio
        self.tracer = trace.get_tracer("onecard.edge")

    async def __aenter__(self) -> Self:
        try:
            await self._producer.start()
        except FAILED as error:
            await self._producer.stop()
            raise await explained(error, self._access, "no request can be sent") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def say(self, event: Request, *, id: str | None = None, at: datetime | None = None) -> str:
        """Sign and publish a request; its id, once the broker has it."""
        envelope = self.sign(event, id=id, at=at)
        await self.publish([envelope])
        return envelope.id

    def sign(self, event: Request, *, id: str | None = None, at: datetime | None = None) -> Envelope:
        """The request as it would be published."""
        key = self.keys(event.where.terminal)
        return signed(event, key, id=id or uuid7(), at=at or datetime.now(SHANGHAI), ratio=self.ratio)

    async def publish(self, envelopes: Iterable[Envelope]) -> None:
        """Publish in order; return when every one is acknowledged. LogRefused where an edge has no right to."""
        begun = [(envelope, time.time_ns()) for envelope in envelopes]
        try:
            sent = [
                await self._producer.send(
                    envelope.topic, envelope.body, key=envelope.key.encode(), headers=headers(envelope)
                )
                for envelope, _ in begun
            ]
            await asyncio.gather(*sent)
        except NO_RIGHT as error:
            raise await explained(error, self._access, "the request was not sent") from error
        for envelope, start in begun:
            self._span(envelope, start)

    async def publish_raw(self, key: bytes | None, value: bytes | None, heads: list[tuple[str, Any]]) -> None:
        """Any bytes at all, as a broken or hostile device might send them."""
        await self._producer.send_and_wait(TOPIC, value, key=key, headers=heads)

    def _span(self, envelope: Envelope, start: int) -> None:
        """The root of the visit's trace, or a step of it: the moment a person did something."""
        under = envelope.subject or envelope.id
        if not sampled(under, self.ratio):
            return
        token = DERIVED.set((int(trace_id(under), 16), int(span_id(EDGE, envelope.id), 16)))
        try:
            name = f"edge {envelope.type.split('.')[-2]}"
            attributes = {"onecard.event": envelope.id, "onecard.type": envelope.type}
            span = self.tracer.start_span(name, kind=SpanKind.PRODUCER, start_time=start, attributes=attributes)
        finally:
            DERIVED.reset(token)
        span.end()
