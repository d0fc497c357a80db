"""The services as child processes of one platform: what they are told, and that nothing of them stays behind."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from deploy.local.broker import Broker
from deploy.local.child import ChildFailedError
from deploy.local.folder import FolderInUseError
from deploy.local.platform import Local
from tests.support.waiting import until

pytestmark = pytest.mark.integration


async def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-m", "tests.support.parent", tmp_path], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    await until(lambda: is_gone(child))


async def test_a_platform_runs_its_services_and_says_where(broker: Broker, tmp_path: Path) -> None:
    async with standins(broker, tmp_path) as local:
        told = httpx.get(f"{local.urls['standin']}/settings", trust_env=False).json()
    assert told == {
        "ONECARD_SERVICE": "standin",
        "ONECARD_INSTANCE": "standin-1",
        "ONECARD_KAFKA": broker.kafka,
        "ONECARD_STORE": f"sqlite:{tmp_path / 'local' / 'sqlite'}",
        "ONECARD_HTTP": local.urls["standin"].removeprefix("http://"),
        "ONECARD_REFERENCE": str(tmp_path / "local" / "reference"),
        "ONECARD_SECRETS": str(tmp_path / "local" / "secrets"),
        "ONECARD_TRACES": "",
        "ONECARD_TRACE_RATIO": "0.01",
    }


async def test_a_platform_of_its_own_leaves_no_process_behind(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    platform = Local(["standin"], folder=tmp_path / "local", store="mongodb", package="tests.support")
    async with platform as local:
        shown = [(part.name, part.state) for part in local.status()]
    assert shown == [("kafka", "running"), ("store", "running"), ("standin-1", "running")]
    assert {child.pid for child in psutil.Process().children(recursive=True)} == before


async def test_a_service_that_does_not_start_is_shown_with_its_log(broker: Broker, tmp_path: Path) -> None:
    with pytest.raises(ChildFailedError, match=r"standin-1 ended with 1 (?s:.)*told to refuse"):
        async with standins(broker, tmp_path, environment={"STANDIN_REFUSES": "yes"}):
            pass


async def test_a_service_that_ends_by_itself_is_named(broker: Broker, tmp_path: Path) -> None:
    async with standins(broker, tmp_path) as local:
        child = local.processes.children["standin-1"]
        os.kill(child.pid or 0, signal.SIGKILL)
        await until(lambda: child.failed)
        with pytest.raises(ChildFailedError, match="standin-1 ended with -9"):
            local.processes.check()


async def test_a_killed_service_comes_back_at_its_address(broker: Broker, tmp_path: Path) -> None:
    async with standins(broker, tmp_path) as local:
        local.processes.kill("standin-1")
        await local.processes.start("standin-1")
        answer = httpx.get(f"{local.urls['standin']}/readyz", trust_env=False)
    assert answer.status_code == httpx.codes.OK


async def test_a_paused_service_still_stops(broker: Broker, tmp_path: Path) -> None:
    async with standins(broker, tmp_path) as local:
        local.processes.pause("standin-1")
    assert local.processes.children["standin-1"].exit_code == -signal.SIGTERM


async def test_a_folder_serves_one_run_at_a_time(broker: Broker, tmp_path: Path) -> None:
    async with standins(broker, tmp_path) as first:
        with pytest.raises(FolderInUseError):
            async with replace(first):
                pass


async def test_a_platform_is_prepared_before_it_starts(broker: Broker, tmp_path: Path) -> None:
    prepared: list[bool] = []
    async with standins(broker, tmp_path, prepare=lambda local: prepared.append(local.reference.is_dir())):
        assert prepared == [True]


async def test_a_fresh_platform_starts_from_an_empty_folder(broker: Broker, tmp_path: Path) -> None:
    left = tmp_path / "local" / "sqlite" / "left"
    left.parent.mkdir(parents=True)
    left.touch()
    async with standins(broker, tmp_path, fresh=True):
        assert not left.exists()


@asynccontextmanager
async def standins(broker: Broker, folder: Path, **settings: Any) -> AsyncIterator[Local]:
    platform = Local(["standin"], folder=folder / "local", kafka=broker.kafka, package="tests.support", **settings)
    async with platform as local:
        yield local


def is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
