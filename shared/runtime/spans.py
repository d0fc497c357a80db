"""One span per handled event of a sampled visit. Views: one per sampled visit, and one per batch with links.

Spans are made through the OpenTelemetry API only; their ids follow from visit and event (shared.trace), which the
SDK's id generator reads from `DERIVED`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags

from shared.envelope import Envelope
from shared.runtime.failures import shown
from shared.trace import named, root, sampled, span_id, trace_id

DERIVED: ContextVar[tuple[int, int] | None] = ContextVar("derived", default=None)
"""Trace and span id of the span being started."""

MOST_LINKS = 128


class Spans:
    """One process's spans; `out` is told when they can't be made."""

    def __init__(self, service: str, ratio: float, out: Any, *, view: bool) -> None:
        self.service, self.ratio, self.out, self.view = service, ratio, out, view
        self.tracer = trace.get_tracer("onecard")

    def leave(self, envelopes: Sequence[Envelope], begun: float) -> Envelope | None:
        """The spans of a batch that began at `begun` (of perf_counter). One of the traced events, if there are any."""
        if self.ratio <= 0:
            return None
        ratio = self.ratio
        traced = [one for one in envelopes if (sampled(one.subject, ratio) if one.subject else trace_of(one, ratio))]
        if not traced:
            return None
        try:
            self._leave(traced, begun)
        except Exception as bug:  # noqa: BLE001 - a span is worth no batch
            self.out.warning("no spans", reason=shown(bug))
        return traced[-1]

    def _leave(self, traced: Sequence[Envelope], begun: float) -> None:
        end = time.time_ns()
        start = end - int((time.perf_counter() - begun) * 1e9)
        if not self.view:
            for envelope in traced:
                self._span(envelope, start, end)
            return
        last = {trace_of(envelope, self.ratio): envelope for envelope in traced}
        for envelope in last.values():
            self._span(envelope, start, end)
        links = [Link(_parent(envelope)) for envelope in traced[:MOST_LINKS] if envelope.trace]
        self.tracer.start_span(f"{self.service} batch", links=links, start_time=start, kind=SpanKind.CONSUMER).end(end)

    def _span(self, envelope: Envelope, start: int, end: int) -> None:
        own = int(trace_of(envelope, self.ratio), 16), int(span_id(self.service, envelope.id), 16)
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


def trace_of(envelope: Envelope, ratio: float) -> str:
    """The id in hex of the trace an event is in; empty when it is in none. What a fact without a visit belongs to only
    its header tells."""
    if under := root(envelope.subject, envelope.id, envelope.causation):
        return trace_id(under) if sampled(under, ratio) else ""
    return named(envelope.trace)


def _parent(envelope: Envelope) -> SpanContext:
    _, trace_hex, span_hex, _ = envelope.trace.split("-")
    return SpanContext(int(trace_hex, 16), int(span_hex, 16), is_remote=True, trace_flags=TraceFlags(1))
