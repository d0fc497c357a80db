"""Some partitions recomputed in a process of its own: told in one JSON line what to do, it answers in JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.check.recompute import deciders, recomputed
from deploy.check.sources import EVENTS
from shared.adapters.kafka import KafkaLog
from shared.adapters.kafka_access import KafkaAccess
from shared.adapters.sqlite_elsewhere import SqliteElsewhere
from shared.adapters.stores import open_store
from shared.reference import load
from shared.runtime.log import Place


async def work(told: dict[str, Any]) -> None:
    """Print how many records are done after each batch, and at last what came of each service."""
    with tempfile.TemporaryDirectory(prefix="onecard-recompute-") as scratch:
        results = await recomputed(
            deciders(),
            KafkaLog(KafkaAccess.read(told["kafka"]), "onecard-check", EVENTS),
            load(Path(told["reference"])),
            ends=_offsets(told["ends"]),
            handled={name: _offsets(offsets) for name, offsets in told["handled"].items()},
            store=lambda name: open_store(f"sqlite:{scratch}", name, scratch=True),
            elsewhere=lambda: SqliteElsewhere(Path(told["elsewhere"]), fresh=True),
            step=lambda records: print(records, flush=True),
        )
    print(json.dumps([{**asdict(result), "lacking": []} for result in results]))


def _offsets(told: list[tuple[str, int, int]]) -> dict[Place, int]:
    return {Place(topic, partition): offset for topic, partition, offset in told}


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.stdin.readline())))
