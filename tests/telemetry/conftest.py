"""One town for all suites here, every visit traced into a real Zipkin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from deploy.demo.issued import issue
from deploy.demo.mischief.checkups import reported
from deploy.demo.mischief.records import asked
from deploy.demo.mischief.stays import already_discharged
from deploy.demo.residents import residents
from shared.envelope import Envelope, read
from shared.events import SERVICES
from tests.support.crowd import crowd
from tests.support.town import Town, eventually, town
from tests.support.whole_visit import done_acts, somebody_in

OF_VISITS = tuple(service for service in SERVICES if service not in ("cards", "beds"))
"""A card's life belongs to no visit, so to no trace; and who goes home the same day wants no bed."""


@dataclass(frozen=True)
class Traced:
    """A town in which a crowd has been: all that was said, and every span of one visit."""

    here: Town
    visit: str
    events: dict[str, Envelope]
    spans: list[dict[str, Any]] = field(repr=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def traced(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Traced]:
    async with town(tmp_path_factory.mktemp("traced"), traces=True, ratio=1.0) as here:
        async with somebody_in(here) as stage:
            for envelope in done_acts(stage):
                await stage.scene.edges.publish([envelope])
                await stage.settled(envelope.id)
            visit = stage.visit.id
        async with crowd(here, at_once=4, most=8):
            pass
        async with somebody_in(here) as stage:
            stage.place = with_a(here, "ward_desk")
            await stage.settled(await already_discharged(stage))
        async with somebody_in(here) as stage:
            stage.place = with_a(here, "checkup_desk")
            await reported(stage)
        await issue(here.here, residents(3, 5, here.city.secrets))
        async with somebody_in(here) as stage:
            await here.edges.publish([asked(stage)._replace(signature="")])
        await spoil(here)
        await here.drained()
        kept = [*await here.records(), *await here.records("onecard.queues")]
        log = [one for record in kept if isinstance(one := read(record), Envelope)]
        spans = await eventually(lambda: whole_trace(here, visit))
        yield Traced(here, visit, {one.id: one for one in log}, spans)


def with_a(here: Town, desk: str) -> str:
    """The first institution that has such a desk."""
    return next(code for code, desks in here.city.terminals.items() if desk in desks)


async def whole_trace(here: Town, visit: str) -> list[dict[str, Any]]:
    """The trace of a visit, once every service and the edge are in it."""
    answer = await here.http.get(f"{here.here.zipkin}/api/v2/trace/{visit.replace('-', '')}")
    spans: list[dict[str, Any]] = answer.json() if answer.is_success else []
    return spans if {"edge", *OF_VISITS} <= {service_of(span) for span in spans} else []


def service_of(span: dict[str, Any]) -> str:
    name: str = span["localEndpoint"]["serviceName"]
    return name


async def spoil(here: Town) -> None:
    """A record that nobody can read, on every topic: every service has something to log."""
    for topic in ("onecard.requests", "onecard.events", "onecard.queues"):
        await here.edges._producer.send_and_wait(topic, b"{", key=b"nobody")
