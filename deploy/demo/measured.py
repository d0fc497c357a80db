"""What the log itself says of a run: per step how many were asked, what became of them, and how long it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from statistics import quantiles

from shared.adapters.kafka import KafkaLog
from shared.adapters.kafka_access import KafkaAccess
from shared.envelope import Envelope, Unreadable, read
from shared.events import REQUESTS, TYPES, AnyEvent, intake
from shared.events.answers import answers
from shared.events.base import TOPICS
from shared.events.edge import CardPresented
from shared.events.runtime import AnyRequestHeld
from shared.runtime.log import Place

REFUSED = frozenset(name for name, event in TYPES.items() if event.__module__ == intake.__name__)
"""What intake says of a request it does not let in."""


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
    """A request, the types that answer it, and what became of it."""

    type: str
    key: str
    asked_ms: int
    answers: frozenset[str]
    copies: int = 1
    held: bool = False
    answer: Envelope | None = None


async def measured(kafka: str | KafkaAccess) -> list[Step]:
    """One row per type of request, the most frequent first. Reads every topic once, to its end of now."""
    requests: dict[str, list[_Request]] = {}
    async for envelope in all_of(kafka, "onecard.requests"):
        if envelope.type in REQUESTS:
            _ask(requests, envelope)
    for topic in TOPICS.values():
        async for envelope in all_of(kafka, topic):
            _hear(requests, envelope)
    return _rows(request for same in requests.values() for request in same)


def _ask(requests: dict[str, list[_Request]], envelope: Envelope) -> None:
    same = requests.setdefault(envelope.id, [])
    for known in same:
        if known.key == envelope.key:
            known.copies += 1
            return
    same.append(_Request(envelope.type, envelope.key, envelope.time_ms, _answers(envelope)))


def _answers(envelope: Envelope) -> frozenset[str]:
    """The types that answer a request: the table's, and intake's refusals. A use record is answered by being let in."""
    try:
        request = REQUESTS[envelope.type].model_validate_json(envelope.body)
    except ValueError:
        return REFUSED
    return REFUSED | (frozenset({envelope.type}) if isinstance(request, CardPresented) else answers(request))


def _hear(requests: dict[str, list[_Request]], envelope: Envelope) -> None:
    """Who is asked of a ward or queue may answer on the card it is about, so another key will do if there is one."""
    same = requests.get(envelope.causation or envelope.id, [])
    asked = [one for one in same if one.key == envelope.key] or same
    if len(asked) != 1 or asked[0].answer is not None:
        return
    if issubclass(TYPES.get(envelope.type, AnyEvent), AnyRequestHeld):
        asked[0].held = True
    elif envelope.type in asked[0].answers:
        asked[0].answer = envelope


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


async def all_of(kafka: str | KafkaAccess, topic: str) -> AsyncIterator[Envelope]:
    """Every readable record of a topic, up to its end of now."""
    log = KafkaLog(kafka, "onecard-report", topic)
    for partition, end in (await log.ends(topic)).items():
        async for records in log.scan(Place(topic, partition), 0, end):
            for record in records:
                envelope = read(record)
                if not isinstance(envelope, Unreadable):
                    yield envelope
