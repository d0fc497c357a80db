"""A service × signal matrix: every service of the list leaves spans, counts what it does, and logs JSON.

A new service is in it by being in SERVICES, a new metric by being in Metrics; one that not every service moves has a
line in ONLY.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from shared.events import SERVICES
from shared.runtime.metrics import Metrics
from tests.support.town import READS
from tests.telemetry.conftest import OF_VISITS, Traced, service_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
FAMILIES = list(Metrics().registry.collect())
METRICS = sorted(family.name for family in FAMILIES)
TIMES = {family.name for family in FAMILIES if family.type == "histogram" and family.name.endswith("_seconds")}
STEPS = {
    service: {"read", "save", "commit"} | (set[str]() if service == "records" else {"load", "decide", "publish"})
    for service in SERVICES
}

SAYERS = tuple(service for service in SERVICES if service not in ("records", "guide", "insurer"))
ONLY = {
    "onecard_handled": tuple(service for service in SERVICES if service != "records"),
    "onecard_archived_records": ("records",),
    "onecard_skipped": tuple(service for service in SERVICES if service not in ("intake", "records")),
    "onecard_said": SAYERS,
    # What goes wrong only now and then: tests/integration sees it happen.
    "onecard_refused": (),
    "onecard_parked": (),
    "onecard_parked_streams": (),
    "onecard_conflicts": (),
    "onecard_rewinds": (),
    "onecard_lag_records": (),
    "onecard_oldest_unhandled_seconds": (),
}
MOVED = [(metric, service) for metric in METRICS for service in ONLY.get(metric, SERVICES)]
TIMED = [pair for pair in MOVED if pair[0] in TIMES and pair[1] in OF_VISITS]
EVERY_LINE = {"level", "timestamp", "service", "event"}
OF_AN_EVENT = {"event_id", "trace_id", "span_id", "topic", "partition", "offset"}
LOOKS_LIKE_A_CARD = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@pytest.mark.parametrize("service", OF_VISITS)
async def test_a_service_leaves_spans(traced: Traced, service: str) -> None:
    assert [span for span in traced.spans if service_of(span) == service]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_exports_every_metric(traced: Traced, service: str) -> None:
    assert set(METRICS) <= (await exported(traced, service)).keys()


@pytest.mark.parametrize(("metric", "service"), MOVED)
async def test_a_metric_is_moved_by_what_happens(traced: Traced, metric: str, service: str) -> None:
    assert sum(sample.value for sample in (await exported(traced, service))[metric]) > 0


@pytest.mark.parametrize("service", SERVICES)
async def test_every_step_of_its_batches_is_timed(traced: Traced, service: str) -> None:
    samples = (await exported(traced, service))["onecard_step_seconds"]
    counts = {sample.labels["step"]: sample.value for sample in samples if sample.name.endswith("_count")}
    assert {step for step, count in counts.items() if count} == STEPS[service]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("metric", ["onecard_lag_records", "onecard_oldest_unhandled_seconds"])
async def test_who_has_read_everything_is_behind_in_no_partition(traced: Traced, metric: str, service: str) -> None:
    samples = (await exported(traced, service))[metric]
    assert [(len(samples), sum(sample.value for sample in samples))] == [(12 * len(READS[service]), 0)]


@pytest.mark.parametrize("service", SERVICES)
async def test_no_label_takes_many_values(traced: Traced, service: str) -> None:
    values = defaultdict[str, set[str]](set)
    for family in (await exported(traced, service)).values():
        for sample in family:
            for label, value in sample.labels.items():
                values[label].add(value)
    assert {label: len(found) for label, found in values.items() if len(found) > 100} == {}


@pytest.mark.parametrize(("metric", "service"), TIMED)
async def test_a_time_leads_to_a_trace(traced: Traced, metric: str, service: str) -> None:
    found = [sample.exemplar.labels for sample in (await exported(traced, service))[metric] if sample.exemplar]
    answer = await traced.here.http.get(f"{traced.here.here.zipkin}/api/v2/trace/{found[-1]['trace_id']}")
    assert answer.is_success


async def test_who_does_not_ask_for_openmetrics_gets_plain_text(traced: Traced) -> None:
    answer = await traced.here.http.get(f"{traced.here.here.urls['lab']}/metrics")
    assert (answer.headers["content-type"].partition(";")[0], "# {" in answer.text) == ("text/plain", False)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_logs_json_and_nothing_else(traced: Traced, service: str) -> None:
    lines = logged(traced, service)
    assert [line for line in lines if line["event"] == "set aside" and line["service"] == service]
    assert all(line.keys() >= EVERY_LINE for line in lines)


async def test_a_line_about_an_event_names_it_its_trace_and_its_place(traced: Traced) -> None:
    [line] = [line for line in logged(traced, "intake") if line.get("cause") == "signature_missing"]
    assert line.keys() >= OF_AN_EVENT


@pytest.mark.parametrize("service", SERVICES)
async def test_no_line_has_a_card_key(traced: Traced, service: str) -> None:
    assert not [line for line in logged(traced, service) if LOOKS_LIKE_A_CARD.search(json.dumps(line))]


def logged(traced: Traced, service: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in traced.here.process(service).log.read_text().splitlines()]


async def exported(traced: Traced, service: str) -> dict[str, list]:  # type: ignore[type-arg]  # It has no types.
    """Samples by metric, as OpenMetrics has them."""
    url = f"{traced.here.here.urls[service]}/metrics"
    answer = await traced.here.http.get(url, headers={"Accept": OPENMETRICS})
    families = text_string_to_metric_families(answer.raise_for_status().text)  # type: ignore[no-untyped-call]
    return {family.name: list(family.samples) for family in families}
