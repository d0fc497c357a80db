"""From outside, over the ports that are published: a kiosk publishes, the archive is read, and nobody gets in without a
password or a token."""

from __future__ import annotations

import httpx
import pytest

from deploy.demo.issued import issue
from deploy.demo.residents import residents
from deploy.edges import Edges
from shared.adapters.kafka_access import KafkaAccess
from shared.events import SERVICES
from shared.runtime.log import LogUnavailable
from tests.containers.deployment import Deployment
from tests.containers.visits import visited

pytestmark = [pytest.mark.containers, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

EVERYTHING = {
    "visit", "charge", "bill", "payment", "consultation", "diagnosis", "order", "specimen", "result", "prescription",
    "dispensing",
}  # fmt: skip


async def test_a_visit_published_from_outside_is_read_from_the_archive_outside(deployment: Deployment) -> None:
    card = await visited(deployment)
    await deployment.at_rest()
    assert EVERYTHING - {entry["kind"] for entry in await deployment.archive(card)} == set()


async def test_an_operator_finds_nothing_wrong_and_every_decision_the_same(deployment: Deployment) -> None:
    await visited(deployment)
    await deployment.clean("--recompute")


async def test_an_operator_sees_every_service_ready(deployment: Deployment) -> None:
    await deployment.at_rest()
    found = await deployment.onecard("status")
    assert {one["service"] for one in found if one["ready"]} == set(SERVICES)


async def test_an_operator_sees_who_is_away_and_how_much_waits_for_them(deployment: Deployment) -> None:
    await deployment.at_rest()
    await deployment.stop("cards")
    try:
        await visited(deployment)
        (found,) = [one for one in await deployment.onecard("status", among=(1,)) if one["service"] == "cards"]
    finally:
        await deployment.start("cards")
        await deployment.ready("cards")
    assert (found["ready"], found["lag"] > 0) == (False, True)
    assert "see the log of its container" in found["problems"]["process"]


async def test_somebody_the_register_knows_is_issued_a_card(deployment: Deployment) -> None:
    await issue(deployment.here, residents(3, 17, deployment.city.secrets))


async def test_nobody_reads_an_archive_without_a_token(deployment: Deployment) -> None:
    answer = await deployment.http.get(f"{deployment.here.urls['records']}/cards/{'0' * 64}/archive")
    assert answer.status_code == httpx.codes.UNAUTHORIZED


async def test_nobody_publishes_without_a_password(deployment: Deployment) -> None:
    there = deployment.here.access("edge")
    with pytest.raises(LogUnavailable):
        async with Edges(KafkaAccess(there.servers, ca=there.ca), deployment.city.terminal_key):
            pass
