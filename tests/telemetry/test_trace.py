"""The visit is the trace: from the kiosk to the archive, each span under the span of the event that caused it."""

from __future__ import annotations

import pytest

from shared.envelope import Envelope
from shared.trace import span_id
from tests.telemetry.conftest import OF_VISITS, Traced, service_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]


async def test_a_trace_has_the_visits_own_id(traced: Traced) -> None:
    assert {span["traceId"] for span in traced.spans} == {traced.visit.replace("-", "")}


@pytest.mark.parametrize("service", ["edge", *OF_VISITS])
async def test_everybody_who_did_something_for_the_visit_is_in_its_trace(traced: Traced, service: str) -> None:
    assert service in {service_of(span) for span in traced.spans}


@pytest.mark.parametrize("service", OF_VISITS)
async def test_a_span_is_under_that_of_whoever_said_what_it_handles(traced: Traced, service: str) -> None:
    found = {span["tags"]["onecard.event"]: span["parentId"] for span in traced.spans if service_of(span) == service}
    assert found == {event: span_id(*said(service, traced.events[event])) for event in found}


async def test_no_span_hangs_in_the_air(traced: Traced) -> None:
    ids = {span["id"] for span in traced.spans}
    assert {service_of(span) for span in traced.spans if span.get("parentId") not in ids} == {"edge"}


def said(service: str, event: Envelope) -> tuple[str, str]:
    """By whom an event was said, and while handling what: intake hears it from the edge, all others from the log."""
    if service == "intake":
        return "edge", event.id
    return event.decided_by.partition("/")[0], event.causation or event.id
