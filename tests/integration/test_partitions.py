"""How many partitions the topics of a deployment have: named before the first record, and never another number."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from deploy.local.broker import Broker
from deploy.local.jars import CHECKOUT
from deploy.local.topics import declared
from shared.adapters.kafka import KafkaLog

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


async def test_a_deployment_has_as_many_partitions_as_it_names_once_and_for_ever(bare: Broker) -> None:
    assert (await declare(bare, ONECARD_PARTITIONS="5"))[0] == 0
    assert [len(await KafkaLog(bare.kafka, "test", one.name).ends(one.name)) for one in declared()] == [5, 5, 5]
    assert (await declare(bare, "--partitions", "5"))[0] == 0
    for count in ("", "6"):
        status, said = await declare(bare, ONECARD_PARTITIONS=count)
        assert (status, "has 5 partitions and" in said, "ONECARD_PARTITIONS=5" in said) == (2, True, True), said


async def declare(broker: Broker, *words: str, **told: str) -> tuple[int, str]:
    """The status of the command, and all it said."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", "declare", "--kafka", broker.kafka, *words),
        cwd=CHECKOUT,
        env={**os.environ, **told},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    return child.returncode or 0, " ".join(said.decode().split())
