"""A service × signal matrix: every service of the list leaves spans, counts what it does, and logs JSON."""

from __future__ import annotations

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.events import SERVICES
from tests.telemetry.conftest import Traced, service_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

COUNTED = {"records": "onecard_archived_records_total"}
EVERY_LINE = {"level", "timestamp", "service", "event"}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_leaves_spans(traced: Traced, service: str) -> None:
    assert [span for span in traced.spans if service_of(span) == service]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_counts_what_it_handles(traced: Traced, service: str) -> None:
    answer = await traced.here.http.get(f"{traced.here.here.urls[service]}/metrics")
    wanted = COUNTED.get(service, "onecard_handled_total")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    assert sum(sample.value for sample in samples if sample.name == wanted) > 0


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_logs_json_and_nothing_else(traced: Traced, service: str) -> None:
    lines = [json.loads(line) for line in traced.here.process(service).log.read_text().splitlines()]
    assert [line for line in lines if line["event"] == "set aside" and line["service"] == service]
    assert all(line.keys() >= EVERY_LINE for line in lines)
