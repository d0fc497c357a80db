"""Prometheus as it is deployed finds every service by its name, asks it, and judges it by the rules that ship."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.events import SERVICES
from tests.containers.deployment import Deployment
from tests.support.town import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(200), pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def prometheus(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    await deployment.compose.run("up", "-d", "--no-deps", "prometheus")
    port = deployment.compose.environment["PROMETHEUS_PORT"]
    async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}/api/v1") as asking:
        yield asking
    await deployment.stop("prometheus")


async def test_every_service_answers_under_its_name(prometheus: httpx.AsyncClient) -> None:
    async def up() -> bool:
        found = await asked(prometheus, "/query", query='up{job="onecard"} == 1')
        return {one["metric"]["service"] for one in (found or {}).get("result", [])} == set(SERVICES)

    await eventually(up, 60)


async def test_every_rule_can_be_judged(prometheus: httpx.AsyncClient) -> None:
    async def judged() -> list[str]:
        groups = (await asked(prometheus, "/rules") or {}).get("groups", [])
        return [rule["health"] for group in groups for rule in group["rules"] if rule["health"] != "unknown"]

    assert set(await eventually(judged, 60)) == {"ok"}


async def asked(prometheus: httpx.AsyncClient, path: str, **params: str) -> Any:
    """The data of an answer; None while there is none."""
    try:
        answer = await prometheus.get(path, params=params)
    except httpx.TransportError:
        return None
    return answer.json()["data"] if answer.is_success else None
