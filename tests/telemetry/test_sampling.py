"""Sampling is decided by the visit alone: the same visits in every service, or none. Spans go out over OTLP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import UUID

import pytest
import pytest_asyncio
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from deploy.demo.mischief.records import asked
from shared.events import SERVICES
from shared.events.base import Visit
from shared.trace import sampled
from shared.uuid7 import uuid7
from tests.support.town import Town, eventually, town
from tests.support.whole_visit import somebody_in

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

VISITS = 60
RATIO = 0.5
HEARS_REGISTRATIONS = ("intake", "registration", "billing", "records", "guide")


@dataclass
class Collector:
    """What services sent: the ids of traced visits, by service."""

    url: str = ""
    visits: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def take(self, body: bytes) -> None:
        for of_service in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {one.key: one.value.string_value for one in of_service.resource.attributes}
            for scope in of_service.scope_spans:
                # A view's span over a whole batch is of no one visit.
                ids = [span.trace_id for span in scope.spans if not span.name.endswith(" batch")]
                self.visits[names["service.name"]] |= {str(UUID(bytes=id)) for id in ids}


@dataclass(frozen=True)
class Sampled:
    here: Town
    collector: Collector


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def half(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sampled]:
    with collecting() as collector:
        told = {"ONECARD_TRACES": f"otlp:{collector.url}"}
        async with town(tmp_path_factory.mktemp("half"), ratio=RATIO, environment=told) as here:
            yield Sampled(here, collector)


async def test_the_same_half_of_all_visits_is_traced_by_every_service(half: Sampled) -> None:
    visits = await registered(half.here)
    chosen = {visit for visit in visits if sampled(visit, RATIO)}
    assert VISITS / 4 < len(chosen) < VISITS * 3 / 4

    async def everybody_sent() -> bool:
        return all(half.collector.visits[service] == chosen for service in HEARS_REGISTRATIONS)

    await eventually(everybody_sent)
    assert all(traced <= chosen for traced in half.collector.visits.values())


async def test_at_ratio_nought_nobody_sends_a_span_or_names_a_trace(half: Sampled) -> None:
    for service in SERVICES:
        child = half.here.process(service)
        child.environment = {**child.environment, "ONECARD_TRACE_RATIO": "0"}
    await half.here.local.processes.stop()
    half.collector.visits.clear()
    await half.here.local.processes.start()
    visits = await registered(half.here, ratio=0)
    # Leaving sends what is left to send.
    await half.here.local.processes.stop()
    traced = [dict(one.headers).get("traceparent") for one in await half.here.records() if about(one.headers, visits)]
    assert (dict(half.collector.visits), len(traced) > VISITS, set(traced)) == ({}, True, {None})


async def registered(here: Town, ratio: float = RATIO) -> set[str]:
    """So many visits, opened and heard of by everybody."""
    here.edges.ratio = ratio
    async with somebody_in(here) as stage:
        visits, today = [], stage.visit.date
        for day in range(VISITS):
            # A session of its own for every visit, or all but the first would be refused.
            stage.visit = Visit(id=uuid7(), date=today + timedelta(days=day))
            # No number is waited for in need: only so many requests of one card may wait at once.
            visits.append(asked(stage, kind="emergency"))
        await here.edges.publish(visits)
    await here.drained()
    return {one.id for one in visits}


def about(headers: object, visits: set[str]) -> bool:
    return (dict(headers).get("ce_subject") or b"").decode() in visits  # type: ignore[call-overload]


@contextmanager
def collecting() -> Iterator[Collector]:
    """An OTLP/HTTP receiver on the loopback."""
    found = Collector()

    class Receives(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            found.take(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receives)
    found.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
