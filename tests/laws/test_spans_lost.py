"""Whoever takes the spans may be away: that is said once, in a line, and nothing else comes of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from shared.tracing import Forgiving

LOST, TAKEN = SpanExportResult.FAILURE, SpanExportResult.SUCCESS


class Collector(SpanExporter):
    """Fails with what it is told to fail with."""

    fails: Exception | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self.fails:
            raise self.fails
        return TAKEN


def test_what_is_not_taken_is_lost_and_said_once_until_it_is_taken_again(caplog: pytest.LogCaptureFixture) -> None:
    collector = Collector()
    exporter, found = Forgiving(collector, "zipkin:there"), []
    for fails in (TimeoutError(), ConnectionRefusedError(), None, TimeoutError()):
        collector.fails = fails
        found.append(exporter.export([]))
    assert found == [LOST, LOST, TAKEN, LOST]
    assert [(one.levelno, one.getMessage(), one.exc_info) for one in caplog.records] == [
        (logging.WARNING, "spans are lost: zipkin:there does not take them (TimeoutError)", None)
    ] * 2


def test_a_mistake_of_ours_is_not_forgiven() -> None:
    collector = Collector()
    collector.fails = TypeError("no span")
    with pytest.raises(TypeError):
        Forgiving(collector, "zipkin:there").export([])
