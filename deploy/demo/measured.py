"""What the log itself says of a run: per step how many were asked, what became of them, and how long it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from statistics import quantiles

from shared.adapters.kafka import KafkaLog
from shared.adapters.kafka_access import KafkaAccess
from shared.envelope import Envelope, Unreadable, read
from shared.events import REQUESTS, TYPES
from shared.events.edge import CardPresented
from shared.events.runtime import RequestHeld
from shared.runtime.log import Place


@dataclass(frozen=True)
class Step:
    """One type of request. Times in milliseconds, from the request on its topic to its answer on the log, both as the
    broker appended them; what was held waited for something else, and is counted but not timed."""

    step: str
    asked: int
    answered: int
    refused: int
    irregular: int
    held: int
    repeated: int
    p50: float | None
    p99: float | None


@dataclass
class _Request:
    type: str
    asked_ms: int
    copies: int = 1
    held: bool = False
    answer: Envelope | None = None


async def measured(kafka: str | KafkaAccess) -> list[Step]:
    """One row per type of request, the most frequent first. Reads both topics once, to their ends of now."""
    requests: dict[tuple[str, str], _Request] = {}
    async for envelope in _all(kafka, "onecard.requests"):
        if envelope.type in REQUESTS:
            key = (envelope.key, envelope.id)
            if key in requests:
                requests[key].copies += 1
            else:
                requests[key] = _Request(envelope.type, envelope.time_ms)
    async for envelope in _all(kafka, "onecard.events"):
        _hear(requests, envelope)
    return _rows(requests.values())


def _hear(requests: dict[tuple[str, str], _Request], envelope: Envelope) -> None:
    """The first fact said for a request answers it, but for the word that it waits; a use record is admitted."""
    request = requests.get((envelope.key, envelope.causation or envelope.id))
    if request is None or request.answer is not None:
        return
    match TYPES.get(envelope.type):
        case None:
            return
        case event if event is RequestHeld:
            request.held = True
        case event if envelope.causation or event is CardPresented:
            request.answer = envelope


def _rows(requests: Iterable[_Request]) -> list[Step]:
    by_type: dict[str, list[_Request]] = {}
    for request in requests:
        by_type.setdefault(request.type, []).append(request)
    rows = [_row(name, found) for name, found in by_type.items()]
    return sorted(rows, key=lambda row: -row.asked)


def _row(name: str, found: list[_Request]) -> Step:
    kinds = Counter(_outcome(request) for request in found)
    times = [
        float(request.answer.time_ms - request.asked_ms) for request in found if request.answer and not request.held
    ]
    cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    return Step(
        step=name.split(".")[-2],
        asked=len(found),
        answered=kinds["answered"],
        refused=kinds["refused"],
        irregular=kinds["irregular"],
        held=sum(request.held for request in found),
        repeated=sum(request.copies - 1 for request in found),
        p50=round(cuts[49]) if cuts else None,
        p99=round(cuts[98]) if cuts else None,
    )


def _outcome(request: _Request) -> str:
    if request.answer is None:
        return "silent"
    said = TYPES[request.answer.type]
    return "irregular" if said.IRREGULAR else "refused" if said.KIND == "refusal" else "answered"


async def _all(kafka: str | KafkaAccess, topic: str) -> AsyncIterator[Envelope]:
    """Every readable record of a topic, up to its end of now."""
    log = KafkaLog(kafka, "onecard-report", topic)
    for partition, end in (await log.ends(topic)).items():
        async for records in log.scan(Place(topic, partition), 0, end):
            for record in records:
                envelope = read(record)
                if not isinstance(envelope, Unreadable):
                    yield envelope
