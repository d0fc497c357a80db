"""The OpenTelemetry SDK behind the runtime's spans: derived ids, one batch processor, one exporter."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from shared.runtime.spans import DERIVED


class DerivedIds(RandomIdGenerator):
    """Ids that follow from visit and event where the runtime names them; chance otherwise."""

    def generate_trace_id(self) -> int:
        derived = DERIVED.get()
        return derived[0] if derived else super().generate_trace_id()

    def generate_span_id(self) -> int:
        derived = DERIVED.get()
        return derived[1] if derived else super().generate_span_id()


def start(service: str, where: str) -> TracerProvider | None:
    """Send spans to `zipkin:<url>` or `otlp:<url>`; nothing is sent, and None returned, for an empty text."""
    if not where:
        return None
    resource = Resource.create({"service.name": service, "service.namespace": "onecard"})
    # Which visits are traced is decided by a hash of the visit before a span is made (shared.trace).
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, id_generator=DerivedIds())
    provider.add_span_processor(BatchSpanProcessor(_exporter(where), schedule_delay_millis=500))
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
