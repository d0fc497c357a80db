"""What operators see: spans, metrics and log lines, with no value of any event. Metrics are counted per batch: events
are the hot path."""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from prometheus_client import Histogram
from pydantic_core import from_json

from shared.envelope import Envelope, Record, read
from shared.events import TYPES
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.failures import shown
from shared.runtime.log import Place
from shared.runtime.metrics import Metrics
from shared.runtime.reading import Item
from shared.runtime.spans import Spans, trace_of
from shared.trace import named, root, span_id, trace_id, traceparent, within

STEPS = ("read", "load", "decide", "save", "publish", "commit")


class Telemetry:
    """One process's spans, counters and log lines."""

    def __init__(self, service: str, ratio: float = 0.0, *, view: bool = False) -> None:
        self.service, self.ratio = service, ratio
        self.out = structlog.get_logger(service=service)
        self.spans = Spans(service, ratio, self.out, view=view)
        self.metrics = Metrics()
        self._steps = {name: self.metrics.step_seconds.labels(name) for name in STEPS}
        # Steps wait here for the end of their batch, when a trace to link them to is known.
        self._timed: deque[tuple[Histogram, float]] = deque(maxlen=64)

    @staticmethod
    def now() -> float:
        """Seconds, for durations."""
        return time.perf_counter()

    def step(self, name: str, begun: float) -> None:
        """One step of a batch is over."""
        self._timed.append((self._steps[name], time.perf_counter() - begun))

    def committed(self, begun: float) -> None:
        """A commit is over. It may be that of many batches, and belongs to no trace."""
        self._steps["commit"].observe(time.perf_counter() - begun)

    def conflicts(self, count: int) -> None:
        """So many compare-and-set races were lost."""
        if count:
            self.metrics.conflicts.inc(count)

    def rewound(self, error: BaseException, after: float, at: Mapping[Place, int] | None = None) -> None:
        """A batch failed as a whole and is read again, from these offsets on, after so many seconds."""
        cause = type(error).__name__
        self._observe(None)
        self.metrics.rewinds.labels(cause).inc()
        where = {"offsets": {f"{place.topic}/{place.partition}": offset for place, offset in at.items()}} if at else {}
        self.out.warning("rewind", cause=cause, reason=shown(error), retry_in=round(after, 2), **where)

    def parked(self, item: Item, bug: Exception | str) -> None:
        """An event parked its stream: which one, and where in the code or for which cause; never what it says."""
        self.metrics.parked.labels(_cause(bug)).inc()
        self.out.error("parked", **self.about(item.envelope), **_why(bug))

    def replay_failed(self, item: Item, bug: Exception | str) -> None:
        """An event that was parked was tried again, and stays parked."""
        self.out.error("replay failed", **self.about(item.envelope), **_why(bug))

    def about(self, envelope: Envelope) -> dict[str, Any]:
        """How every line names an event: by its id, its visit's trace and its place; by no card and no value."""
        found: dict[str, Any] = {"event_id": envelope.id}
        if envelope.type in TYPES:  # Who was not proven yet may have written anything into it.
            found["type"] = envelope.type
        under = root(envelope.subject, envelope.id, envelope.causation)
        if trace := trace_id(under) or named(envelope.trace):
            found["trace_id"] = trace
            if trace_of(envelope, self.ratio):
                found["span_id"] = span_id(self.service, envelope.id)
        if envelope.offset >= 0:
            found |= {"topic": envelope.topic, "partition": envelope.partition, "offset": envelope.offset}
        return found

    def traced(self, service: str, envelope: Envelope) -> Envelope:
        """The envelope with the span of the event it answers as its parent."""
        under = root(envelope.subject, envelope.id, envelope.causation)
        if not under:
            return envelope  # It has followed its cause.
        trace = traceparent(under, service, envelope.causation or envelope.id, self.ratio)
        return envelope if trace == envelope.trace else envelope._replace(trace=trace)

    def followed(self, fact: Envelope, cause: Envelope) -> Envelope:
        """A fact as its outbox keeps it: without a visit it is traced where the event that was handled is, or, if it
        answers a request that waited, under that one."""
        if fact.subject or not fact.causation:
            return fact
        if fact.causation != cause.id:
            return self.begun(fact)
        trace = trace_of(cause, self.ratio)
        return fact._replace(trace=within(trace, self.service, cause.id)) if trace else fact

    def begun(self, fact: Envelope) -> Envelope:
        """A fact without a visit, traced under the id of its cause."""
        if fact.subject:
            return fact
        return fact._replace(trace=traceparent(fact.causation, self.service, fact.causation, self.ratio))

    def said(self, envelopes: Iterable[Envelope]) -> None:
        """Facts were acknowledged."""
        types: Tally[str] = Tally()
        for envelope in envelopes:
            types[envelope.type] += 1
            if envelope.type.rpartition(".v")[0].endswith("-refused"):
                self.metrics.refused.labels(str(from_json(envelope.body).get("code", ""))).inc()
        for name, count in types.items():
            self.metrics.said.labels(name).inc(count)

    def handled(
        self, items: Sequence[Item], letters: Sequence[DeadLetter], records: Sequence[Record], begun: float
    ) -> None:
        """A batch is done: count it, and leave its spans."""
        for name, count in Tally(item.envelope.type if item.event else "unknown" for item in items).items():
            self.metrics.handled.labels(name).inc(count)
        self.metrics.skipped.inc(max(0, len(records) - len(items) - len(letters)))
        self._done([item.envelope for item in items], letters, records, begun)

    def archived(
        self, records: Sequence[Record], letters: Sequence[DeadLetter], traced: Sequence[Envelope], begun: float
    ) -> None:
        """A batch of the archive is done; only what carries a trace leaves spans."""
        self.metrics.archived.inc(len(records))
        self._done(traced, letters, records, begun)

    def _done(
        self, envelopes: Sequence[Envelope], letters: Sequence[DeadLetter], records: Sequence[Record], begun: float
    ) -> None:
        if letters:
            self._set_aside(letters, records)
        self.metrics.batch_records.observe(len(records))
        self._timed.append((self.metrics.batch_seconds, time.perf_counter() - begun))
        self._observe(self.spans.leave(envelopes, begun))

    def _set_aside(self, letters: Sequence[DeadLetter], records: Sequence[Record]) -> None:
        found = {(record.topic, record.partition, record.offset): record for record in records}
        for letter in letters:
            self.metrics.dead_letters.labels(letter.cause).inc()
            record = found.get((letter.topic, letter.partition, letter.offset))
            envelope = read(record) if record else None
            known = self.about(envelope) if isinstance(envelope, Envelope) else {}
            at = {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset}
            self.out.warning("set aside", cause=letter.cause, dead_letter=letter.id, **{**at, **known})

    def _observe(self, traced: Envelope | None) -> None:
        """The steps of a batch, with one of its traces as their exemplar."""
        exemplar = None
        if traced is not None:
            exemplar = {"trace_id": trace_of(traced, self.ratio), "span_id": span_id(self.service, traced.id)}
        while self._timed:
            histogram, seconds = self._timed.popleft()
            histogram.observe(seconds, exemplar)


def _cause(bug: Exception | str) -> str:
    return bug if isinstance(bug, str) else type(bug).__name__


def _why(bug: Exception | str) -> dict[str, str]:
    return {"cause": bug} if isinstance(bug, str) else {"cause": type(bug).__name__, "bug": shown(bug)}
