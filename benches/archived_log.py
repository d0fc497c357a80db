"""A log of facts as an archive hears them: per visit a registration, a specimen and a result, 0.4 to 1.3 KB each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.adapters.kafka import PRODUCER
from shared.envelope import Envelope, headers
from shared.events import Event
from shared.events.base import SHANGHAI, Visit, Where, derive
from shared.events.lab import Finding, LabResultReported, SpecimenAccepted
from shared.events.registration import VisitRegistered
from shared.trace import traceparent
from shared.uuid7 import uuid7

BEGUN = datetime(2026, 11, 24, 8, 0, tzinfo=SHANGHAI)
WHERE = Where(institution="H01", department="D01", terminal="H01-lab_desk-1", channel="desk", operator="N07")
FINDINGS = [
    Finding(
        code=f"{code}-{code % 10}",
        display=f"化验项目 {code}",
        value="5.50",
        unit="mmol/L",
        low="3.90",
        high="6.10",
        flag="normal",
    )
    for code in range(2345, 2351)
]


async def fill(kafka: str, topic: str, events: int, ratio: float) -> None:
    """That many facts on that topic, with the share `ratio` of their visits traced."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER)
    await producer.start()
    try:
        for envelope in facts(events, ratio):
            await producer.send(topic, envelope.body, key=envelope.key.encode(), headers=headers(envelope))
        await producer.flush()
    finally:
        await producer.stop()


def facts(events: int, ratio: float = 0.0) -> Iterator[Envelope]:
    """The facts themselves, each visit of a card of its own."""
    visit = ""
    for n in range(events):
        if n % 3 == 0:
            visit = uuid7()
        yield _envelope(_fact(n, visit), n, ratio)


def _fact(n: int, visit: str) -> Event:
    card = f"{derive(visit, 'card').replace('-', ''):0<64}"
    about: dict[str, Any] = {"card": card, "visit": Visit(id=visit, date=BEGUN.date()), "where": WHERE}
    order, specimen = derive(visit, "order"), derive(visit, "specimen")
    match n % 3:
        case 0:
            return VisitRegistered(**about, kind="outpatient", department="D01", session="morning", date=BEGUN.date())
        case 1:
            return SpecimenAccepted(**about, order=order, specimen=specimen, kind="blood")
        case _:
            return LabResultReported(**about, order=order, specimen=specimen, test="24331-1", findings=FINDINGS)


def _envelope(event: Event, n: int, ratio: float) -> Envelope:
    visit, said_by = event.visit.id, event.SAID_BY
    cause = derive(visit, "cause", n % 3)
    return Envelope(
        id=derive(cause, event.card, said_by, 0),
        type=event.TYPE,
        # Milliseconds differ from event to event, as they do at real edges: no cache of times helps.
        time=(BEGUN + timedelta(milliseconds=37 * n)).isoformat(timespec="milliseconds"),
        key=event.card,
        body=event.model_dump_json(exclude_none=True).encode(),
        source=f"onecard/{said_by}",
        subject=visit,
        causation=cause,
        key_id="k1",
        decided_by=f"{said_by}/1",
        trace=traceparent(visit, said_by, cause, ratio),
    )
