"""The OpenTelemetry SDK behind the runtime's spans: derived ids, one batch processor, one exporter."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from shared.runtime.spans import DERIVED

_LOG = logging.getLogger("onecard.traces")


class DerivedIds(RandomIdGenerator):
    """Ids that follow from visit and event where the runtime names them; chance otherwise."""

    def generate_trace_id(self) -> int:
        derived = DERIVED.get()
        return derived[0] if derived else super().generate_trace_id()

    def generate_span_id(self) -> int:
        derived = DERIVED.get()
        return derived[1] if derived else super().generate_span_id()


class Forgiving(SpanExporter):
    """Whoever takes the spans may be away or slow: then they are lost, which is said once, and nothing else is."""

    def __init__(self, to: SpanExporter, where: str) -> None:
        self.to, self.where, self.losing = to, where, False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """What the exporter says; FAILURE where the network failed it."""
        try:
            found = self.to.export(spans)
        except OSError as error:
            if not self.losing:
                _LOG.warning("spans are lost: %s does not take them (%s)", self.where, type(error).__name__)
            self.losing = True
            return SpanExportResult.FAILURE
        self.losing = False
        return found

    def shutdown(self) -> None:
        self.to.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.to.force_flush(timeout_millis)


def start(service: str, where: str) -> TracerProvider | None:
    """Send spans to `zipkin:<url>` or `otlp:<url>`; nothing is sent, and None returned, for an empty text."""
    if not where:
        return None
    resource = Resource.create({"service.name": service, "service.namespace": "onecard"})
    # Which visits are traced is decided by a hash of the visit before a span is made (shared.trace).
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, id_generator=DerivedIds())
    provider.add_span_processor(BatchSpanProcessor(Forgiving(_exporter(where), where), schedule_delay_millis=500))
    trace.set_tracer_provider(provider)
    return provider


def _exporter(where: str) -> SpanExporter:
    kind, _, url = where.partition(":")
    if kind == "otlp":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        return OTLPSpanExporter(endpoint=url)
    if kind == "zipkin":
        # Local use only: deployments send OTLP to a collector.
        from opentelemetry.exporter.zipkin.json import ZipkinExporter  # noqa: PLC0415

        return ZipkinExporter(endpoint=url)
    raise ValueError("traces go to zipkin:<url> or otlp:<url>")
