"""What people asked, and what they know became of it: one JSON line when they ask, one when they know.

As Jepsen has it, asking ends ok (the broker has it), failed (it certainly has not) or unknown (nobody answered in
time; it may come to be there, or not).
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from deploy.edges import Edges
from shared import heard
from shared.adapters.kafka import PRODUCER
from shared.envelope import Envelope

PATIENCE = 4.0
"""Seconds until somebody who hears nothing asks again, with the same id and bytes, as a kiosk does."""
TRIES = 3


class History:
    """Written as it happens, so that memory does not grow with the run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outcomes: Counter[str] = Counter()
        self._file = path.open("w", buffering=1)

    def asks(self, envelope: Envelope) -> None:
        digest = heard.digest(envelope).hex()
        self._write({"do": "ask", "id": envelope.id, "card": envelope.key, "digest": digest, "type": envelope.type})

    def knows(self, outcome: str, envelope: Envelope) -> None:
        self.outcomes[outcome] += 1
        self._write({"do": outcome, "id": envelope.id, "card": envelope.key})

    def struck(self, told: Mapping[str, Any]) -> None:
        self._write({"do": "fault", "told": dict(told)})

    def close(self) -> None:
        self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps({"at": round(monotonic(), 4), **line}) + "\n")


class RecordedEdges(Edges):
    """Edges whose every request is in the history."""

    def __init__(self, kafka: str, keys: Callable[[str], bytes], history: History) -> None:
        super().__init__(kafka, keys)
        self.kafka, self.history = kafka, history
        self._late: set[asyncio.Task[None]] = set()

    async def publish(self, envelopes: Iterable[Envelope]) -> None:
        copies = list(envelopes)
        once = list({envelope.id: envelope for envelope in copies}.values())
        for envelope in once:
            self.history.asks(envelope)
        outcome = "unknown"
        try:
            outcome = await self._outcome(copies)
        finally:
            for envelope in once:
                self.history.knows(outcome, envelope)

    async def _outcome(self, envelopes: list[Envelope]) -> str:
        for _ in range(TRIES):
            sending = asyncio.create_task(super().publish(envelopes))
            # A person goes away; what the device has begun to send goes on being sent.
            self._late.add(sending)
            sending.add_done_callback(self._sent)
            done, _ = await asyncio.wait([sending], timeout=PATIENCE)
            if not done:
                continue
            match sending.exception():
                case None:
                    return "ok"
                case MessageSizeTooLargeError():
                    return "failed"
                case KafkaError() | OSError():
                    await self._replace()
                case bug:
                    raise bug
        return "unknown"

    async def _replace(self) -> None:
        """A producer that failed once is out of sequence for good."""
        broken, self._producer = self._producer, AIOKafkaProducer(bootstrap_servers=self.kafka.split(","), **PRODUCER)
        await self._producer.start()
        try:
            async with asyncio.timeout(2):
                await broken.stop()
        except (KafkaError, OSError, TimeoutError):
            return

    def _sent(self, sending: asyncio.Task[None]) -> None:
        self._late.discard(sending)
        if not sending.cancelled():
            sending.exception()
