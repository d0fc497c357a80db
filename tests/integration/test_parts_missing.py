"""A service that finds no broker, or no topic, says which and what to do, stays alive, goes on by itself, and ends when
told to."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from time import monotonic

import httpx
import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.broker import Broker
from deploy.local.child import Child
from deploy.local.processes import Processes
from deploy.local.topics import declare
from tests.support.town import eventually

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def lab(tmp_path: Path) -> AsyncIterator[Child]:
    """A service that is told everything but where its broker is, and not started."""
    (tmp_path / "reference").mkdir()
    told = {"ONECARD_STORE": f"sqlite:{tmp_path}", "ONECARD_REFERENCE": f"{tmp_path / 'reference'}"}
    processes = Processes(tmp_path / "logs")
    processes.add("lab-1", "services.lab", told)
    yield processes.children["lab-1"]
    await processes.stop()


async def test_a_missing_topic_is_named_waited_for_and_found(bare: Broker, lab: Child) -> None:
    start(lab, bare.kafka)
    assert "no topic onecard.events; " in await problem(lab, "start")
    await declare(bare.kafka)
    await eventually(lambda: is_ready(lab), 60)
    await delete(bare.kafka, "onecard.events")
    assert "no topic onecard.events; " in await problem(lab, "broker", "no topic")
    await declare(bare.kafka)
    await eventually(lambda: is_ready(lab), 60)


async def test_a_broker_that_never_answers_is_named_and_the_service_lives_until_told_to_end(lab: Child) -> None:
    async with mute() as address:
        start(lab, address)
        assert f"{address} takes connections and does not answer" in await problem(lab, "start")
        assert await status(lab, "livez") == 200
        begun = monotonic()
        lab.wanted = False
        lab.signal(signal.SIGTERM)
        await eventually(lambda: ended(lab), 20)
        assert (lab.exit_code, monotonic() - begun < 10) == (0, True)


async def test_a_broker_that_is_not_there_is_named(lab: Child) -> None:
    start(lab, "127.0.0.1:1")
    assert "nobody answers at 127.0.0.1:1" in await problem(lab, "start", "nobody")


@asynccontextmanager
async def mute() -> AsyncIterator[str]:
    """An address that takes connections and every word, and says nothing."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            while await reader.read(65536):
                continue

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        yield "{}:{}".format(*server.sockets[0].getsockname())


def start(lab: Child, kafka: str) -> None:
    lab.environment = {**lab.environment, "ONECARD_KAFKA": kafka}
    lab.spawn()


async def problem(lab: Child, part: str, words: str = " ") -> str:
    """What it says of a part, once it has said something in words."""

    async def said() -> str:
        answer = await asked(lab, "readyz")
        found: str = answer.json()["problems"].get(part, "") if answer is not None else ""
        return found if words in found and found != "not started yet" else ""

    found: str = await eventually(said, 60)
    return found


async def is_ready(lab: Child) -> bool:
    return await status(lab, "readyz") == 200


async def status(lab: Child, what: str) -> int:
    answer = await asked(lab, what)
    return answer.status_code if answer is not None else 0


async def asked(lab: Child, what: str) -> httpx.Response | None:
    """Its answer; none while it is not there yet. It must not end meanwhile."""
    assert lab.running, lab.tail()
    async with httpx.AsyncClient(trust_env=False, timeout=5) as asking:
        try:
            return await asking.get(f"{lab.address}/{what}")
        except httpx.TransportError:
            return None


async def ended(lab: Child) -> bool:
    return not lab.running


async def delete(kafka: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()
