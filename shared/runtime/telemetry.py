"""What operators see: one span per handled event of a sampled visit, and counters with no value of any event.

Spans are made through the OpenTelemetry API only; their ids follow from visit and event (shared.trace), which the
SDK's id generator reads from `DERIVED`.
"""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from functools import partial

import structlog
from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from pydantic_core import from_json

from shared.envelope import Envelope, Record, read
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.failures import shown
from shared.runtime.reading import Item
from shared.trace import sampled, span_id, trace_id, traceparent

DERIVED: ContextVar[tuple[int, int] | None] = ContextVar("derived", default=None)
"""Trace and span id of the span being started."""

MOST_LINKS = 128


class Telemetry:
    """One process's spans, counters and log lines."""

    def __init__(self, service: str, ratio: float = 0.0, *, view: bool = False) -> None:
        self.service, self.ratio, self.view = service, ratio, view
        self.tracer = trace.get_tracer("onecard")
        self.out = structlog.get_logger(service=service)
        self.registry = CollectorRegistry()
        count = partial(Counter, namespace="onecard", registry=self.registry)
        self._handled = count("handled", "Events handled.", ("type",))
        self._said = count("said", "Facts said.", ("type",))
        self._refused = count("refused", "Refusals said.", ("code",))
        self._batches = count("archived_records", "Records the archive has gone through.")
        self._skipped = count("skipped", "Records of types this service does not hear.")
        self._letters = count("dead_letters", "Records set aside.", ("cause",))
        self._parks = count("parked", "Records that parked their stream.", ("cause",))
        self._conflicts = count("conflicts", "Lost compare-and-set races.")
        self._rewinds = count("rewinds", "Batches given back to be read again.", ("cause",))
        self._steps = Histogram(
            "step_seconds", "Time of one step of one batch.", ("step",), namespace="onecard", registry=self.registry
        )
        gauge = partial(Gauge, namespace="onecard", registry=self.registry)
        self.lag = gauge("lag", "Records not yet handled.", ("topic", "partition"))
        self.behind = gauge("behind_seconds", "Age of the newest handled record, when it was handled.")

    @staticmethod
    def now() -> float:
        """Seconds, for durations."""
        return time.perf_counter()

    def step(self, name: str, begun: float) -> None:
        """One step of a batch is over."""
        self._steps.labels(name).observe(time.perf_counter() - begun)

    def conflicts(self, count: int) -> None:
        """So many compare-and-set races were lost."""
        if count:
            self._conflicts.inc(count)

    def rewound(self, error: BaseException, after: float) -> None:
        """A batch failed as a whole and is read again after so many seconds."""
        self._rewinds.labels(type(error).__name__).inc()
        self.out.warning("rewind", cause=type(error).__name__, reason=shown(error), retry_in=round(after, 2))

    def parked(self, item: Item, bug: Exception) -> None:
        """A decider broke: which event, and where in the code, never what the event says."""
        self._parks.labels(type(bug).__name__).inc()
        self.out.error("parked", event_id=item.envelope.id, type=item.envelope.type, bug=shown(bug))

    def traced(self, service: str, envelope: Envelope) -> Envelope:
        """The envelope with the span of the event it answers as its parent."""
        trace = traceparent(envelope.subject, service, envelope.causation or envelope.id, self.ratio)
        return envelope if trace == envelope.trace else envelope._replace(trace=trace)

    def said(self, envelopes: Iterable[Envelope]) -> None:
        """Facts were acknowledged."""
        for envelope in envelopes:
            self._said.labels(envelope.type).inc()
            if envelope.type.endswith("-refused.v1"):
                self._refused.labels(str(from_json(envelope.body).get("code", ""))).inc()

    def handled(self, items: Sequence[Item], letters: Sequence[DeadLetter], records: int, begun: float) -> None:
        """A batch is done: count it, and leave its spans."""
        for name, count in Tally(item.envelope.type for item in items).items():
            self._handled.labels(name).inc(count)
        for letter in letters:
            self._letters.labels(letter.cause).inc()
            self.out.warning("set aside", cause=letter.cause, at=letter.id)
        self._skipped.inc(max(0, records - len(items) - len(letters)))
        self.spans([item.envelope for item in items], begun)
        self.step("batch", begun)

    def archived(self, records: Sequence[Record], letters: Sequence[DeadLetter], begun: float) -> None:
        """A batch of the archive is done. Only sampled visits' records are read for their spans."""
        self._batches.inc(len(records))
        for letter in letters:
            self._letters.labels(letter.cause).inc()
            self.out.warning("set aside", cause=letter.cause, at=letter.id)
        if self.ratio > 0:
            read_again = (read(record) for record in records if _has_trace(record))
            self.spans([envelope for envelope in read_again if isinstance(envelope, Envelope)], begun)
        self.step("batch", begun)

    def spans(self, envelopes: Sequence[Envelope], begun: float) -> None:
        """Deciders: a span per event of a sampled visit. Views: one per sampled visit, and one per batch with links."""
        traced = [envelope for envelope in envelopes if envelope.subject and sampled(envelope.subject, self.ratio)]
        if not traced:
            return
        try:
            self._leave(traced, begun)
        except Exception as bug:  # noqa: BLE001 - a span is worth no batch
            self.out.warning("no spans", reason=shown(bug))

    def _leave(self, traced: Sequence[Envelope], begun: float) -> None:
        end = time.time_ns()
        start = end - int((time.perf_counter() - begun) * 1e9)
        if not self.view:
            for envelope in traced:
                self._span(envelope, start, end)
            return
        last = {envelope.subject: envelope for envelope in traced}
        for envelope in last.values():
            self._span(envelope, start, end)
        links = [Link(_parent(envelope)) for envelope in traced[:MOST_LINKS] if envelope.trace]
        self.tracer.start_span(f"{self.service} batch", links=links, start_time=start, kind=SpanKind.CONSUMER).end(end)

    def _span(self, envelope: Envelope, start: int, end: int) -> None:
        own = int(trace_id(envelope.subject), 16), int(span_id(self.service, envelope.id), 16)
        parent = trace.set_span_in_context(NonRecordingSpan(_parent(envelope))) if envelope.trace else None
        token = DERIVED.set(own)
        try:
            span = self.tracer.start_span(
                f"{self.service} {envelope.type.split('.')[-2]}",
                context=parent,
                kind=SpanKind.CONSUMER,
                start_time=start,
                attributes={
                    "onecard.event": envelope.id,
                    "onecard.type": envelope.type,
                    "messaging.system": "kafka",
                    "messaging.destination.name": envelope.topic,
                    "messaging.destination.partition.id": str(envelope.partition),
                    "messaging.kafka.offset": envelope.offset,
                },
            )
        finally:
            DERIVED.reset(token)
        span.end(end)


def _has_trace(record: Record) -> bool:
    return any(name == "traceparent" for name, _ in record.headers)


def _parent(envelope: Envelope) -> SpanContext:
    _, trace_hex, span_hex, _ = envelope.trace.split("-")
    return SpanContext(int(trace_hex, 16), int(span_hex, 16), is_remote=True, trace_flags=TraceFlags(1))
