"""`onecard up` as a process of its own: whenever it is stopped, and whatever of it ends, nothing is left running."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from deploy.commands.here import NAME
from deploy.local.jars import CHECKOUT
from tests.support.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


async def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    async with up(tmp_path / "local") as command:
        await ready(command)
        parts = children(command)
        command.send_signal(signal.SIGINT)
        assert await ended(command) == (0, "")
    assert ((tmp_path / "local" / NAME).exists(), len(parts) > 10, running(parts)) == (False, True, [])


async def test_ctrl_c_while_it_starts_stops_what_is_there_by_then(tmp_path: Path) -> None:
    async with up(tmp_path / "local") as command:
        await until(lambda: bool(children(command)), 60)
        parts = children(command)
        command.send_signal(signal.SIGINT)
        assert await ended(command) == (0, "")
    assert (await told(command), running(parts)) == ("", [])


async def test_a_broker_that_ends_by_itself_stops_everything_and_is_named(tmp_path: Path) -> None:
    async with up(tmp_path / "local") as command:
        await ready(command)
        parts = children(command)
        [broker] = [part for part in parts if "java" in part.name()]
        os.kill(broker.pid, signal.SIGKILL)
        status, problem = await ended(command)
    assert (status, "kafka ended with -9" in problem, running(parts)) == (2, True, [])


@asynccontextmanager
async def up(folder: Path) -> AsyncIterator[Process]:
    words = ("-m", "deploy.cli", "up", "--fresh", "--json", "--folder", str(folder))
    command = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=CHECKOUT, stdout=PIPE, stderr=PIPE)
    try:
        yield command
    finally:
        if command.returncode is None:
            command.kill()
            await command.wait()


async def ready(command: Process) -> None:
    """Return when it has told all addresses."""
    assert command.stdout is not None
    async with asyncio.timeout(120):
        await command.stdout.readuntil(b"\n}\n")


async def told(command: Process) -> str:
    """What it printed that was not read yet."""
    assert command.stdout is not None
    return (await command.stdout.read()).decode()


async def ended(command: Process) -> tuple[int, str]:
    """The status it ends with, and the problem it names."""
    assert command.stderr is not None
    async with asyncio.timeout(90):
        problem = (await command.stderr.read()).decode()
        return await command.wait(), problem


def children(command: Process) -> list[psutil.Process]:
    return list(psutil.Process(command.pid).children(recursive=True))


def running(parts: list[psutil.Process]) -> list[psutil.Process]:
    return [part for part in parts if part.is_running() and part.status() != psutil.STATUS_ZOMBIE]
