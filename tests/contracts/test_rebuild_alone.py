"""`onecard rebuild` where no platform runs: broker and store are those that `up` was given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.commands import rebuild
from deploy.commands.here import Here
from deploy.local import platform


async def test_a_broker_that_is_named_is_read_instead_of_an_own_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    declared: list[str] = []

    async def declare(kafka: str, *, replicas: int) -> None:
        declared.append(kafka)

    async def stopped(alone: Here, name: str, *, accept_log: bool) -> dict[str, Any]:
        return {"kafka": alone.kafka, "name": name}

    monkeypatch.setattr(platform, "declare", declare)
    monkeypatch.setattr(rebuild, "_stopped", stopped)
    folder = tmp_path / "local"
    names = ["lab", "records"]
    found = await rebuild._rebuild(folder, names, "sqlite", kafka="broker:9092", secured=False, accept_log=False)
    assert found == [{"kafka": "broker:9092", "name": name} for name in names]
    assert declared == ["broker:9092"]
    assert not (folder / "kafka").exists()
